import type { SqlValue } from 'sql.js'

const MAX_CELL = 60

/** A result set as an aligned Markdown table: numbers to the right, the rest to the left. */
export function formatTable(columns: readonly string[], rows: readonly (readonly SqlValue[])[]): string {
  const cells = rows.map((row) => columns.map((_, index) => cellText(row[index] ?? null)))
  const isNumeric = columns.map((_, index) => rows.length > 0 && rows.every((row) => isNumber(row[index])))
  const heads = columns.map((name) => oneLine(name))
  const widths = heads.map((head, index) =>
    Math.max(3, head.length, ...cells.map((row) => row[index]?.length ?? 0)),
  )
  const line = (texts: readonly string[]): string =>
    `| ${texts.map((text, index) => pad(text, widths[index] ?? 0, isNumeric[index] === true)).join(' | ')} |`
  const rule = widths.map((width, index) =>
    isNumeric[index] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  )
  return [line(heads), line(rule), ...cells.map(line)].join('\n')
}

function pad(text: string, width: number, isRight: boolean): string {
  return isRight ? text.padStart(width) : text.padEnd(width)
}

function isNumber(value: SqlValue | undefined): boolean {
  return value === null || typeof value === 'number' || typeof value === 'bigint'
}

function cellText(value: SqlValue): string {
  if (value === null) return 'NULL'
  if (value instanceof Uint8Array) {
    const hex = [...value.subarray(0, MAX_CELL / 2)].map((byte) => byte.toString(16).padStart(2, '0'))
    return oneLine(`x'${hex.join('')}'`)
  }
  return oneLine(String(value))
}

function oneLine(text: string): string {
  const plain = text.replaceAll('\r', '').replaceAll('\n', '⏎').replaceAll('\t', ' ').replaceAll('|', '\\|')
  return plain.length > MAX_CELL ? `${plain.slice(0, MAX_CELL - 1)}…`.toWellFormed() : plain
}
