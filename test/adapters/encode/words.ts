/** Markup whose letters nobody is to see: languages, definitions' labels, character references, formula fences. */
const withoutMarkup = (markdown: string): string =>
  markdown
    .replace(/^([ >]*)(`{3,}|~{3,})[\w+.#-]*$/gm, '$1')
    .replace(/\[[\w ]*\]: */g, '')
    .replace(/\]\[\w*\]/g, ']')
    .replace(/mailto:|\[x\]/gi, '')
    .replace(/<br>/g, '\n')
    .replace(/[\p{Cc}\p{Cs}]/gu, (char) => (/\n|\r/.test(char) ? '\n' : char.isWellFormed() ? '' : '\ufffd'))
    .replace(/&(?:#?\w+);/g, ' ')

/** Longer ones are cut where nothing else can be. */
const LONGEST_WORD = 30

/** Marks of styles go on both sides, so that words styled in part count as one. */
export const wordsOf = (text: string): string[] =>
  text
    .normalize()
    .replace(/(?:%[0-9A-F]{2})+/gi, decodedRun)
    .replace(/[*_~`\u02cb\u200b\u2060\u202a-\u202e\\]/g, '')
    .match(/[\p{L}\p{N}\p{M}]+/gu)
    ?.filter((word) => word.length < LONGEST_WORD) ?? []

function decodedRun(run: string): string {
  try {
    return decodeURIComponent(run)
  } catch {
    return run
  }
}

export const wordsOfMarkdown = (markdown: string): string[] => wordsOf(withoutMarkup(markdown))

function counts(words: readonly string[]): Map<string, number> {
  const result = new Map<string, number>()
  for (const word of words) result.set(word, (result.get(word) ?? 0) + 1)
  return result
}

/** Expected words that are shown less often than they should, each with both counts. */
export function lostWords(expected: readonly string[], shown: readonly string[]): string[] {
  const found = counts(shown)
  return [...counts(expected)].flatMap(([word, count]) =>
    (found.get(word) ?? 0) < count ? [`${word} ${found.get(word) ?? 0} of ${count}`] : [],
  )
}
