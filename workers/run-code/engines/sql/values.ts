/** Rows of a text of separated values (RFC 4180); quotes hold separators and line breaks. */
export function readValues(text: string, separator: ',' | '\t'): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  const cell = new RegExp(`(?:"((?:[^"]|"")*)"|([^${separator}\\r\\n]*))(${separator}|\\r?\\n|$)`, 'y')
  const source = text.replace(/^\ufeff/, '').replace(/\r?\n$/, '')
  while (cell.lastIndex <= source.length) {
    const found = cell.exec(source)
    if (found === null) throw new Error('a quote in the table is not closed')
    row.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '')
    if (found[3] === separator) continue
    rows.push(row)
    row = []
    if (found[3] === '') break
  }
  return rows
}
