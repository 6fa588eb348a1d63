const WORD = /[\p{L}\p{M}\p{N}_]/u
/** Scripts that put no spaces between words. */
const SPACELESS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u

/** Whether one of the words, or sequences of words, stands in the text as a whole. */
export function holdsKeyword(text: string, keywords: readonly string[]): boolean {
  if (keywords.length === 0) return false
  const folded = fold(text)
  return keywords.some((keyword) => holds(folded, fold(keyword)))
}

function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim()
}

function holds(text: string, keyword: string): boolean {
  if (keyword === '') return false
  const [first = '', last = ''] = [[...keyword].at(0), [...keyword].at(-1)]
  for (let at = text.indexOf(keyword); at >= 0; at = text.indexOf(keyword, at + 1)) {
    const before = [...text.slice(Math.max(0, at - 2), at)].at(-1) ?? ''
    const after = [...text.slice(at + keyword.length, at + keyword.length + 2)].at(0) ?? ''
    if (ends(before, first) && ends(last, after)) return true
  }
  return false
}

/** Whether a word may end between these two characters. */
function ends(left: string, right: string): boolean {
  const joined = WORD.test(left) && WORD.test(right)
  return !joined || (SPACELESS.test(left) && SPACELESS.test(right))
}
