/** A stretch of a text that can be read on its own: nothing in it depends on what stands around it. */
export type Section =
  | { readonly kind: 'code'; readonly language: string; readonly value: string }
  | { readonly kind: 'prose'; readonly source: string }

const FENCE = /^( {0,3})(`{3,}(?=[^`]*$)|~{3,})\s*(\S*)/
const LIST_ITEM = /^ {0,3}(?:[-*+]|\d{1,9}[.)])(?:\s|$)/
const BLANK = /^[ \t]*$/
const FORMULA: readonly (readonly [open: string, close: string])[] = [
  ['$$', '$$'],
  ['\\[', '\\]'],
]

/** Cuts at top-level fences and display formulas, and at blank lines that end a block for sure. Linear. */
export function sections(markdown: string): Section[] {
  const lines = markdown.split('\n')
  const result: Section[] = []
  let prose: string[] = []
  const flush = (): void => {
    const source = prose.join('\n')
    if (source.trim() !== '') result.push({ kind: 'prose', source: source.replace(/\n[ \t\n]*$/, '') })
    prose = []
  }
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const contained = isContainer(prose[0])
    const fence = FENCE.exec(line)
    if (fence && (!contained || fence[1] === '')) {
      flush()
      const end = closingFence(lines, at + 1, fence[2] ?? '')
      const indent = fence[1]?.length ?? 0
      result.push({
        kind: 'code',
        language: fence[3] ?? '',
        value: withoutIndent(lines.slice(at + 1, end), indent).join('\n'),
      })
      at = end
      continue
    }
    const formula = contained || fence ? undefined : displayFormula(lines, at)
    if (formula) {
      flush()
      result.push({ kind: 'code', language: 'latex', value: formula.value })
      at = formula.end
      continue
    }
    const afterBlank = prose.length > 0 && BLANK.test(prose.at(-1) ?? '')
    if (afterBlank && /^\S/.test(line) && !(LIST_ITEM.test(line) && LIST_ITEM.test(prose[0] ?? ''))) flush()
    if (prose.length > 0 || !BLANK.test(line)) prose.push(line)
  }
  flush()
  return result
}

function isContainer(firstLine: string | undefined): boolean {
  return firstLine !== undefined && (LIST_ITEM.test(firstLine) || /^ {0,3}(?:>|\[\^)/.test(firstLine))
}

/** The line that closes a fence, or their number where none does. */
export function closingFence(lines: readonly string[], from: number, mark: string): number {
  for (let at = from; at < lines.length; at++) {
    const close = /^ {0,3}(`{3,}|~{3,})[ \t]*$/.exec(lines[at] ?? '')?.[1]
    if (close !== undefined && close[0] === mark[0] && close.length >= mark.length) return at
  }
  return lines.length
}

const withoutIndent = (lines: readonly string[], indent: number): string[] =>
  lines.map((line) => line.slice(Math.min(indent, line.length - line.trimStart().length)))

/** How far a display formula may reach; what is not closed by then is prose. */
const FORMULA_LINES = 60

function displayFormula(lines: readonly string[], at: number): { value: string; end: number } | undefined {
  const first = (lines[at] ?? '').trim()
  const marks = FORMULA.find(([open]) => first.startsWith(open))
  if (!marks) return undefined
  const [open, close] = marks
  const rest = first.slice(open.length)
  const sameLine = rest.indexOf(close)
  if (sameLine >= 0) {
    const value = rest.slice(0, sameLine).trim()
    return rest.length === sameLine + close.length && value !== '' ? { value, end: at } : undefined
  }
  const last = Math.min(lines.length, at + FORMULA_LINES)
  for (let end = at + 1; end < last; end++) {
    const line = (lines[end] ?? '').trim()
    if (line === '') return undefined
    if (!line.includes(close)) continue
    if (!line.endsWith(close) || line.indexOf(close) !== line.length - close.length) return undefined
    const body = [rest, ...lines.slice(at + 1, end), line.slice(0, -close.length)].join('\n').trim()
    return body === '' ? undefined : { value: body, end }
  }
  return undefined
}
