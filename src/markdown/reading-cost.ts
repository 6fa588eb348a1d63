/** Roughly what one character of prose costs the parser, so that budgets can be given in characters. */
const QUADRATIC_SHARE = 1 / 100
const MAX_MARKERS = 16
const MAX_INDENT = 120
const ITEM = /^([ \t]*)(?:[-*+]|\d{1,9}[.)])[ \t]/

/**
 * What reading a section would cost the Markdown parser, in characters of plain prose; Infinity where its
 * recursion could overflow. The parser takes time in the square of a paragraph's delimiters, and nests with
 * each container marker of a line.
 */
export function readingCost(source: string): number {
  let cost = source.length
  let delimiters = 0
  let itemIndent: number | undefined
  const closeLeaf = (): void => {
    cost += delimiters * delimiters * QUADRATIC_SHARE
    delimiters = 0
  }
  for (const line of source.split('\n')) {
    if (tooDeep(line)) return Number.POSITIVE_INFINITY
    const indent = ITEM.exec(line)?.[1]?.length
    if (indent !== undefined && indent <= (itemIndent ?? -2) + 5 && startsItem(line, itemIndent)) {
      itemIndent = indent
      closeLeaf()
    } else if (line.trim() === '') closeLeaf()
    if (line.startsWith('|')) cost += line.length * 4
    delimiters += countDelimiters(line)
  }
  closeLeaf()
  return cost
}

/** Inside a paragraph only bullets and the number one begin a list. */
const startsItem = (line: string, itemIndent: number | undefined): boolean =>
  itemIndent !== undefined || /^\s*(?:[-*+]|1[.)])/.test(line)

function tooDeep(line: string): boolean {
  const lead = /^[ \t>\-*+0-9.)]*/.exec(line)?.[0] ?? ''
  if (lead.length <= MAX_MARKERS) return false
  if (/^[ \t]*$/.test(lead)) return lead.length > MAX_INDENT
  return (lead.match(/>|[-*+](?=[ \t])|[.)](?=[ \t])/g)?.length ?? 0) > MAX_MARKERS
}

function countDelimiters(line: string): number {
  let count = 0
  for (let at = 0; at < line.length; at++) {
    const code = line.charCodeAt(at)
    // * [ ] _ ~
    if (code === 42 || code === 91 || code === 93 || code === 95 || code === 126) count++
  }
  return count
}
