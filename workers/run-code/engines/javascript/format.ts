import type { Inspector } from './inspect.ts'

/** console.log's own formatting: placeholders in a leading string, the rest inspected and joined. */
export function formatLine(inspector: Inspector, values: readonly unknown[]): string {
  const [first, ...rest] = values
  if (typeof first !== 'string') return values.map((value) => show(inspector, value)).join(' ')
  let next = 0
  const head =
    rest.length === 0
      ? first
      : first.replace(/%[sdifjoOc%]/g, (placeholder) => {
          if (placeholder === '%%') return '%'
          if (next >= rest.length) return placeholder
          return fill(inspector, placeholder, rest[next++])
        })
  return [head, ...rest.slice(next).map((value) => show(inspector, value))].join(' ')
}

function show(inspector: Inspector, value: unknown): string {
  return typeof value === 'string' ? value : inspector.inspect(value)
}

function fill(inspector: Inspector, placeholder: string, value: unknown): string {
  switch (placeholder) {
    case '%d':
      return typeof value === 'bigint' ? `${value}n` : typeof value === 'symbol' ? 'NaN' : `${Number(value)}`
    case '%i':
      return typeof value === 'bigint' ? `${value}n` : `${Number.parseInt(String(value), 10)}`
    case '%f':
      return `${Number.parseFloat(String(value))}`
    case '%j':
      try {
        return `${JSON.stringify(value)}`
      } catch {
        return '[Circular]'
      }
    case '%o':
    case '%O':
      return inspector.inspect(value, 4)
    case '%c':
      return ''
    default:
      if (typeof value === 'bigint') return `${value}n`
      if (typeof value === 'object' && value !== null) return inspector.inspect(value, 0)
      return Object.is(value, -0) ? '-0' : String(value)
  }
}

/** Rows of a list of objects, lists or plain values, as console.table draws them. */
export function formatTable(inspector: Inspector, data: object): string {
  const rows = tableRows(data)
  const names: string[] = []
  let hasValues = false
  const cells = rows.slice(0, 1_000).map(([index, row]) => {
    const cell = new Map<string, string>()
    if (typeof row === 'object' && row !== null) {
      for (const [key, value] of Object.entries(row)) {
        if (!names.includes(key)) names.push(key)
        cell.set(key, inspector.inspect(value, 0))
      }
    } else {
      hasValues = true
      cell.set('', inspector.inspect(row, 0))
    }
    return { index: String(index), cell }
  })
  const header = ['(index)', ...names, ...(hasValues ? ['Values'] : [])]
  const lines = cells.map(({ index, cell }) => [
    index,
    ...names.map((name) => cell.get(name) ?? ''),
    ...(hasValues ? [cell.get('') ?? ''] : []),
  ])
  const widths = header.map((name, column) =>
    [header, ...lines].reduce((most, line) => Math.max(most, line[column]?.length ?? 0), name.length),
  )
  const draw = (line: readonly string[]): string =>
    `│ ${line.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' │ ')} │`
  const rule = (left: string, middle: string, right: string): string =>
    left + widths.map((width) => '─'.repeat(width + 2)).join(middle) + right
  return [
    rule('┌', '┬', '┐'),
    draw(header),
    rule('├', '┼', '┤'),
    ...lines.map(draw),
    rule('└', '┴', '┘'),
  ].join('\n')
}

function tableRows(data: object): (readonly [unknown, unknown])[] {
  if (data instanceof Map) return [...data]
  return data instanceof Set ? [...data].map((item, index) => [index, item]) : Object.entries(data)
}
