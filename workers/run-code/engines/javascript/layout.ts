export const COLUMNS = 80
const SINGLE_LINE_LEVELS = 3

export interface Pass {
  readonly depth: number
  readonly path: object[]
  readonly circular: Map<object, number>
  indentation: number
  /** Depth of the object entered last; decides whether a parent may fit on one line. */
  deepest: number
  /** Properties still shown; bounds the work on wide graphs. */
  budget: number
}

export interface Shape {
  readonly open: string
  readonly close: string
  /** Text before the braces, complete by itself when there are no entries. */
  readonly base: string
  readonly entries: readonly (() => string)[]
  readonly list: boolean
  /** Numbers are padded on the left. */
  readonly numeric?: boolean
  readonly more?: string
  readonly keys: readonly PropertyKey[]
}

export function layOut(pass: Pass, entries: string[], shape: Shape, level: number): string {
  const before = shape.base === '' ? '' : `${shape.base} `
  const output = shape.list && entries.length > 6 ? columns(pass, entries, shape) : entries
  if (pass.deepest - level < SINGLE_LINE_LEVELS && output === entries) {
    const start = output.length + pass.indentation + shape.open.length + shape.base.length + 10
    let length = output.length + start
    for (const entry of output) length += entry.length
    const joined = output.join(', ')
    if (length <= COLUMNS && !joined.includes('\n') && !shape.base.includes('\n'))
      return `${before}${shape.open} ${joined} ${shape.close}`
  }
  const line = `\n${' '.repeat(pass.indentation)}`
  return `${before}${shape.open}${line}  ${output.join(`,${line}  `)}${line}${shape.close}`
}

/** Sets seven or more short items of a list in aligned columns. */
function columns(pass: Pass, entries: string[], shape: Shape): string[] {
  const count = shape.more === undefined ? entries.length : entries.length - 1
  const lengths = entries.slice(0, count).map((entry) => entry.length + 2)
  const total = lengths.reduce((sum, length) => sum + length, 0)
  const widest = lengths.reduce((most, length) => Math.max(most, length), 0)
  if (widest * 3 + pass.indentation >= COLUMNS) return entries
  if (total / widest <= 5 && widest - 2 > 6) return entries
  const width = Math.max(widest - 3 - Math.sqrt(widest - total / entries.length), 1)
  const perRow = Math.min(
    Math.round(Math.sqrt(2.5 * width * count) / width),
    Math.floor((COLUMNS - pass.indentation) / widest),
    SINGLE_LINE_LEVELS * 4,
    15,
  )
  if (perRow <= 1) return entries
  const widths: number[] = []
  for (let column = 0; column < perRow; column++) {
    let most = 0
    for (let index = column; index < count; index += perRow) most = Math.max(most, lengths[index] ?? 0)
    widths.push(most)
  }
  const rows: string[] = []
  for (let first = 0; first < count; first += perRow) {
    const row = entries.slice(first, Math.min(first + perRow, count))
    const cells = row.map((entry, column) => {
      const isLast = column === row.length - 1
      const text = isLast ? entry : `${entry}, `
      const size = widths[column] ?? 0
      if (shape.numeric === true) return text.padStart(isLast ? size - 2 : size)
      return isLast ? text : text.padEnd(size)
    })
    rows.push(cells.join(''))
  }
  if (shape.more !== undefined) rows.push(shape.more)
  return rows
}
