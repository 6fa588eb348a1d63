/** Words put in, left out or exchanged, of those that were said; case and punctuation do not count. */
export function wordErrors(said: string, heard: string): { readonly errors: number; readonly words: number } {
  const [wanted, got] = [wordsOf(said), wordsOf(heard)]
  let row = got.map((_, index) => index + 1)
  for (const [index, word] of wanted.entries()) {
    const next: number[] = []
    for (const [column, other] of got.entries()) {
      const above = row[column] ?? 0
      const diagonal = column === 0 ? index : (row[column - 1] ?? 0)
      const left = column === 0 ? index + 1 : (next[column - 1] ?? 0)
      next.push(Math.min(diagonal + (word === other ? 0 : 1), above + 1, left + 1))
    }
    row = next
  }
  return { errors: row.at(-1) ?? wanted.length, words: wanted.length }
}

function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}'\s]/gu, ' ')
    .split(/\s+/)
    .filter(Boolean)
}
