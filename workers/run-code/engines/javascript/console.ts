import { formatLine, formatTable } from './format.ts'
import type { Inspector } from './inspect.ts'

/** stdout and stderr are one stream here: what a terminal would show. */
export function createConsole(write: (text: string) => void, inspector: Inspector): object {
  let indentation = ''
  const counts = new Map<string, number>()
  const starts = new Map<string, number>()
  const now = Date.now

  function line(text: string): void {
    write(`${indentation === '' ? text : indentation + text.replaceAll('\n', `\n${indentation}`)}\n`)
  }
  function log(...values: unknown[]): void {
    line(formatLine(inspector, values))
  }
  function group(...values: unknown[]): void {
    if (values.length > 0) log(...values)
    if (indentation.length < 200) indentation += '  '
  }
  function elapsed(label: string): string {
    return `${label}: ${now() - (starts.get(label) ?? now())}ms`
  }

  return {
    log,
    info: log,
    debug: log,
    warn: log,
    error: log,
    trace: (...values: unknown[]) => log(...(values.length > 0 ? ['Trace:', ...values] : ['Trace'])),
    dir: (value: unknown, options?: { depth?: number | null }) =>
      line(inspector.inspect(value, options?.depth === null ? Number.POSITIVE_INFINITY : options?.depth)),
    dirxml: log,
    table: (data: unknown) =>
      typeof data === 'object' && data !== null ? line(formatTable(inspector, data)) : log(data),
    assert: (condition: unknown, ...values: unknown[]) => {
      if (!condition) log(...(values.length > 0 ? ['Assertion failed:', ...values] : ['Assertion failed']))
    },
    group,
    groupCollapsed: group,
    groupEnd: () => {
      indentation = indentation.slice(2)
    },
    count: (label = 'default') => {
      const count = (counts.get(String(label)) ?? 0) + 1
      counts.set(String(label), count)
      line(`${label}: ${count}`)
    },
    countReset: (label = 'default') => void counts.delete(String(label)),
    time: (label = 'default') => void starts.set(String(label), now()),
    timeLog: (label = 'default', ...values: unknown[]) => log(elapsed(String(label)), ...values),
    timeEnd: (label = 'default') => {
      line(elapsed(String(label)))
      starts.delete(String(label))
    },
  }
}
