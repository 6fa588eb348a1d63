import { sections } from './sections.ts'

/** A longer unfinished paragraph is healed in its last stretch only. */
const MAX_REACH = 4000
const MAX_LABEL = 300

/**
 * Closes what a text cut in mid-stream leaves open, for display only: emphasis, inline code, links, display
 * formulas, a table's head. Drops marks at the very end that do not say yet what they will be. Fences need no
 * closing: Markdown ends them with the text. Looks at the last paragraph only; linear.
 */
export function heal(markdown: string): string {
  const fence = openFence(markdown)
  if (fence !== undefined) return withoutHalfFence(markdown, fence)
  const start = lastParagraph(markdown)
  const before = markdown.slice(0, start)
  const paragraph = withoutHalfMarker(markdown.slice(start), start === 0)
  const formula = openFormula(paragraph)
  if (formula !== undefined) return `${before}${paragraph.trimEnd()}\n${formula}`
  const table = tableHead(paragraph)
  if (table !== undefined) return before + table
  const line = lastUnit(paragraph)
  return before + paragraph.slice(0, line) + healInline(paragraph.slice(line))
}

/** Healed so that what is appended stands on its own: an open fence ends, too. */
export function seal(markdown: string): string {
  const healed = heal(markdown)
  const fence = openFence(healed)
  // A fence in a list or quote ends with it, before what begins at the margin.
  const isAtMargin = fence !== undefined && sections(healed).at(-1)?.kind === 'code'
  return isAtMargin ? `${healed.trimEnd()}\n${fence}` : healed
}

function openFence(markdown: string): string | undefined {
  let fence: string | undefined
  for (const [, , open = '', rest = ''] of markdown.matchAll(
    /^((?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])*)(`{3,}|~{3,})(.*)$/gm,
  )) {
    if (fence === undefined) {
      if (open[0] === '~' || !rest.includes('`')) fence = open
    } else if (open[0] === fence[0] && open.length >= fence.length && rest.trim() === '') fence = undefined
  }
  return fence
}

/** The closing fence, still growing, would be shown as code. */
function withoutHalfFence(markdown: string, fence: string): string {
  const line = markdown.lastIndexOf('\n') + 1
  const last = markdown.slice(line).trim()
  const isHalf = last !== '' && last.length < fence.length && last === (fence[0] ?? '').repeat(last.length)
  return isHalf && line > 0 ? markdown.slice(0, line - 1) : markdown
}

function lastParagraph(markdown: string): number {
  const reach = Math.max(0, markdown.length - MAX_REACH)
  const end = markdown.trimEnd().length
  const blank = markdown.lastIndexOf('\n\n', end)
  if (blank >= reach) return blank + 2
  return reach === 0 ? 0 : markdown.indexOf('\n', reach) + 1 || reach
}

/** `-` under a line would make it a heading, `#` alone an empty one, until the next characters come. */
function withoutHalfMarker(paragraph: string, isFirst: boolean): string {
  const half = /(?:^|\n)[ \t]*(?:[-*+=>]{1,2}|#{1,6}|`{1,2}|~{1,2}|\d{1,3}[.)])[ \t]*$/.exec(paragraph)
  if (!half || (isFirst && half.index === 0 && /\d/.test(half[0]))) return paragraph
  return paragraph.slice(0, half.index)
}

function openFormula(paragraph: string): string | undefined {
  const text = paragraph.trimStart()
  if (text.startsWith('$$')) return text.indexOf('$$', 2) < 0 && text.length > 2 ? '$$' : undefined
  if (text.startsWith('\\[')) return text.includes('\\]') || text.length < 3 ? undefined : '\\]'
  return undefined
}

/** A table is shown as one from its first row on: its line of dashes is made up until it has come. */
function tableHead(paragraph: string): string | undefined {
  if (!/^ {0,3}\|[^\n]*\S/.test(paragraph)) return undefined
  const [head = '', dashes, ...rows] = paragraph.trimEnd().split('\n')
  if (rows.length > 0 || (dashes !== undefined && !/^[ |:-]*$/.test(dashes))) return undefined
  const cells = head
    .trim()
    .replace(/^\|/, '')
    .replace(/\|$/, '')
    .split(/(?<!\\)\|/).length
  if (cells < 2 && dashes === undefined) return undefined
  return `${dashes === undefined ? `${healInline(head.trimEnd().replace(/\|$/, ''))} |` : head}\n|${' --- |'.repeat(cells)}`
}

/** Where the last list item, quote line, heading or table row begins. */
function lastUnit(paragraph: string): number {
  let start = 0
  for (const match of paragraph.matchAll(/\n(?=[ \t]*(?:[-*+>#|]|\d{1,9}[.)][ \t]))/g)) {
    start = match.index + 1
  }
  const marker = /^(?:[ \t]*(?:[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t])|>|#{1,6}(?=[ \t])))*[ \t]*/.exec(
    paragraph.slice(start),
  )
  return start + (marker?.[0].length ?? 0)
}

interface Open {
  readonly char: string
  length: number
}

function healInline(source: string): string {
  const unit = source.replace(/(?<!\\)(?:\\\\)*\\$/, (slashes) => slashes.slice(1))
  const ticks = lastTicks(unit)
  const opened: Open[] = []
  const brackets: number[] = []
  let at = 0
  while (at < unit.length) {
    const char = unit[at] ?? ''
    if (char === '\\') at += 2
    else if (char === '`') {
      const length = runLength(unit, at)
      const close = (ticks.get(length) ?? -1) > at ? closingTicks(unit, at + length, length) : -1
      if (close < 0) return closeCode(unit, at, length, opened)
      at = close + length
    } else if (char === '*' || char === '_' || char === '~') {
      const length = runLength(unit, at)
      if (char !== '~' || length === 2) meetRun(unit, at, length, opened)
      at += length
    } else if (char === '[') {
      brackets.push(at)
      at++
    } else if (char === ']' && brackets.length > 0) {
      const open = brackets.pop() ?? 0
      if (unit[at + 1] !== '(') at++
      else {
        const end = closingParenthesis(unit, at + 2)
        // The address is still coming: the label stands for the link.
        if (end < 0) return closed(withoutBracket(unit.slice(0, at), open), opened)
        at = end + 1
      }
    } else at++
  }
  const bracket = brackets.at(-1)
  const isLabel = bracket !== undefined && unit.length - bracket < MAX_LABEL
  return closed(isLabel ? withoutBracket(unit, bracket) : unit, opened)
}

function withoutBracket(unit: string, at: number): string {
  const from = unit[at - 1] === '!' ? at - 1 : at
  return unit.slice(0, from) + unit.slice(at + 1)
}

function runLength(unit: string, at: number): number {
  let end = at + 1
  while (unit[end] === unit[at]) end++
  return end - at
}

/** Where a run of each length was seen last, so that no search is made in vain. */
function lastTicks(unit: string): Map<number, number> {
  const last = new Map<number, number>()
  for (const match of unit.matchAll(/`+/g)) last.set(match[0].length, match.index)
  return last
}

function closingTicks(unit: string, from: number, length: number): number {
  for (let at = unit.indexOf('`', from); at >= 0; ) {
    const found = runLength(unit, at)
    if (found === length) return at
    at = unit.indexOf('`', at + found)
  }
  return -1
}

function closeCode(unit: string, at: number, length: number, opened: readonly Open[]): string {
  const inside = unit.slice(at + length)
  if (inside.trim() === '') return closed(unit.slice(0, at), opened)
  // The closing run may have come in part.
  const mark = '`'.repeat(length)
  const half = /`+$/.exec(inside)?.[0] ?? ''
  const body = half.length < length ? inside.slice(0, inside.length - half.length) : inside
  return unit.slice(0, at) + mark + body.trimEnd() + mark + closers(opened)
}

function closingParenthesis(unit: string, from: number): number {
  let depth = 0
  for (let at = from; at < unit.length; at++) {
    const char = unit[at]
    if (char === '\n') return -1
    if (char === '\\') at++
    else if (char === '(') depth++
    else if (char === ')' && depth-- === 0) return at
  }
  return -1
}

/** CommonMark's rules for marks, without the finer points of their lengths. */
function meetRun(unit: string, at: number, length: number, opened: Open[]): void {
  const char = unit[at] ?? ''
  const before = unit[at - 1] ?? ' '
  const after = unit[at + length] ?? ' '
  const isInWord = char === '_' && /[\p{L}\p{N}]/u.test(before) && /[\p{L}\p{N}]/u.test(after)
  let left = isInWord ? 0 : length
  if (/\S/.test(before)) {
    for (let top = opened.length - 1; top >= 0 && left > 0; top--) {
      const one = opened[top]
      if (one?.char !== char) continue
      const used = Math.min(one.length, left)
      one.length -= used
      left -= used
      opened.length = one.length === 0 ? top : top + 1
    }
  }
  const opens = /\S/.test(after) && (char !== '_' || !/[\p{L}\p{N}]/u.test(before))
  if (left > 0 && left <= 3 && opens && opened.length < 10) opened.push({ char, length: left })
}

const closers = (opened: readonly Open[]): string =>
  opened
    .map(({ char, length }) => char.repeat(length))
    .reverse()
    .join('')

function closed(unit: string, opened: readonly Open[]): string {
  // Marks with nothing after them: they open what is to come, unless they closed something.
  const trailing = /(?<=^|\s)[*_~]{1,3}$/.exec(unit)
  const body = trailing ? unit.slice(0, trailing.index).trimEnd() : unit
  const marks = closers(opened)
  return marks === '' ? body : body.trimEnd() + marks
}
