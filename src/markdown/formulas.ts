const FENCE_LINE = /^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(`{3,}|~{3,})/

/**
 * Escapes LaTeX (`$…$`, `$$…$$`, `\(…\)`, `\[…\]`) so that Markdown leaves every character of it as written.
 * Code is left alone. Linear: each kind of closing mark is looked for once per line.
 */
export function protectFormulas(markdown: string): string {
  if (!/[$]|\\[([]/.test(markdown)) return markdown
  let fence: string | undefined
  return markdown
    .split('\n')
    .map((line) => {
      const mark = FENCE_LINE.exec(line)?.[1]
      if (mark !== undefined && fence === undefined) fence = mark
      else if (fence !== undefined) {
        if (mark !== undefined && mark[0] === fence[0] && mark.length >= fence.length) fence = undefined
      } else return inLine(line)
      return line
    })
    .join('\n')
}

function inLine(line: string): string {
  let result = ''
  let at = 0
  const missing = new Set<string>()
  const find = (close: string, from: number): number => {
    if (missing.has(close)) return -1
    const found = line.indexOf(close, from)
    if (found < 0) missing.add(close)
    return found
  }
  const opening = /`+|\$\$|\$|\\[[(]|\\./g
  for (let match = opening.exec(line); match; match = opening.exec(line)) {
    const end = endOf(line, match[0], match.index, find)
    if (end === undefined) continue
    if (!match[0].startsWith('`')) {
      result += line.slice(at, match.index) + escaped(line.slice(match.index, end))
      at = end
    }
    opening.lastIndex = end
  }
  return result + line.slice(at)
}

function endOf(
  line: string,
  mark: string,
  at: number,
  find: (close: string, from: number) => number,
): number | undefined {
  const from = at + mark.length
  if (mark.startsWith('`')) {
    const close = find(mark, from)
    return close < 0 ? undefined : close + mark.length
  }
  const close = { $$: '$$', $: '$', '\\(': '\\)', '\\[': '\\]' }[mark]
  if (close === undefined) return undefined
  const end = find(close, from)
  if (end <= from) return undefined
  // As Pandoc tells formulas from prices: no space inside the marks, no digit after the closing one.
  if (mark === '$' && (/\s/.test(line[from] ?? ' ') || /\s/.test(line[end - 1] ?? ' '))) return undefined
  if (mark === '$' && /\d/.test(line[end + 1] ?? '')) return undefined
  return end + close.length
}

const escaped = (formula: string): string => formula.replace(/[!-/:-@[-`{-~]/g, '\\$&')
