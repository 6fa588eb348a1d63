// @ts-check
import { codeBlock, h } from './element.js'
import { inlineMarkup } from './inline-markup.js'

/** @import { Flavour } from './inline-markup.js' */

/** @type {Flavour} */
export const RICH = { hardBreaks: false, tables: true, underlines: false }

const ITEM = /^( *)([-*+]|\d{1,9}[.)])( +|$)(.*)$/
const RULE = /^ {0,3}([-*_])( *\1){2,} *$/
const RULER = /^ *\|? *:?-+:? *(\| *:?-+:? *)*\|? *$/
const HEADING = /^ {0,3}(#{1,6}) +(.*?)(?: +#+)? *$/
const FENCE = /^( *)(`{3,}|~{3,}) *([^\s`]*)[^`]*$/

/**
 * Shows Markdown, half-written as well: an open fence reaches to the end.
 * @param {string} source
 * @param {Flavour} flavour
 * @returns {HTMLElement[]}
 */
export function renderMarkdown(source, flavour) {
  const lines = source.split('\n')
  /** @type {HTMLElement[]} */
  const blocks = []
  for (let at = 0; at < lines.length; ) {
    if ((lines[at] ?? '').trim() === '') {
      at += 1
      continue
    }
    const [block, next] = blockAt(lines, at, flavour)
    blocks.push(block)
    at = next
  }
  return blocks
}

/**
 * @param {readonly string[]} lines
 * @param {number} at
 * @param {Flavour} flavour
 * @returns {[HTMLElement, number]}
 */
function blockAt(lines, at, flavour) {
  const line = lines[at] ?? ''
  if (FENCE.test(line)) return fenceAt(lines, at)
  const heading = HEADING.exec(line)
  if (heading) {
    const level = /** @type {'h1'} */ (`h${(heading[1] ?? '').length}`)
    return [h(level, {}, inlineMarkup(heading[2] ?? '', flavour)), at + 1]
  }
  if (flavour.underlines && line.startsWith('-# '))
    return [h('p', { class: 'subtext' }, inlineMarkup(line.slice(3), flavour)), at + 1]
  if (!flavour.underlines && RULE.test(line)) return [h('hr'), at + 1]
  if (/^ {0,3}>/.test(line)) return quoteAt(lines, at, flavour)
  if (ITEM.test(line)) return listAt(lines, at, flavour)
  if (flavour.tables && line.includes('|') && RULER.test(lines[at + 1] ?? ''))
    return tableAt(lines, at, flavour)
  return paragraphAt(lines, at, flavour)
}

/** @param {readonly string[]} lines @param {number} at @returns {[HTMLElement, number]} */
function fenceAt(lines, at) {
  const [, indent = '', fence = '', language = ''] = FENCE.exec(lines[at] ?? '') ?? []
  const isEnd = (/** @type {string} */ line) =>
    line.trim().startsWith(fence) && line.trim().replaceAll(fence.charAt(0), '') === ''
  let end = at + 1
  while (end < lines.length && !isEnd(lines[end] ?? '')) end += 1
  const body = lines
    .slice(at + 1, end)
    .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
  return [codeBlock(body.join('\n'), language), end + 1]
}

/** @param {readonly string[]} lines @param {number} at @param {Flavour} flavour @returns {[HTMLElement, number]} */
function quoteAt(lines, at, flavour) {
  if (flavour.underlines && (lines[at] ?? '').startsWith('>>> ')) {
    const all = [(lines[at] ?? '').slice(4), ...lines.slice(at + 1)]
    return [h('blockquote', {}, renderMarkdown(all.join('\n'), flavour)), lines.length]
  }
  let end = at
  while (end < lines.length && /^ {0,3}>/.test(lines[end] ?? '')) end += 1
  const inner = lines.slice(at, end).map((line) => line.replace(/^ {0,3}> ?/, ''))
  return [h('blockquote', {}, renderMarkdown(inner.join('\n'), flavour)), end]
}

/** @param {readonly string[]} lines @param {number} at @param {Flavour} flavour @returns {[HTMLElement, number]} */
function listAt(lines, at, flavour) {
  const [, firstIndent = '', firstMarker = ''] = ITEM.exec(lines[at] ?? '') ?? []
  const isOrdered = /\d/.test(firstMarker)
  /** @type {HTMLElement[]} */
  const items = []
  let next = at
  while (next < lines.length) {
    const found = ITEM.exec(lines[next] ?? '')
    const [, indent = '', marker = '', gap = '', text = ''] = found ?? []
    if (!found || /\d/.test(marker) !== isOrdered || Math.abs(indent.length - firstIndent.length) > 1) break
    const width = indent.length + marker.length + Math.min(Math.max(gap.length, 1), 4)
    const own = [text]
    next += 1
    while (next < lines.length) {
      const line = lines[next] ?? ''
      const depth = line.length - line.trimStart().length
      if (line.trim() === '') {
        const after = lines[next + 1] ?? ''
        if (
          after.trim() === '' ||
          after.length - after.trimStart().length < Math.min(width, indent.length + 2)
        )
          break
      } else if (depth < Math.min(width, indent.length + 2)) break
      own.push(line.slice(Math.min(depth, width)))
      next += 1
    }
    items.push(item(own, flavour))
    while (next + 1 < lines.length && (lines[next] ?? '').trim() === '' && ITEM.test(lines[next + 1] ?? ''))
      next += 1
  }
  const start = Number.parseInt(firstMarker, 10)
  const list = isOrdered ? h('ol', start === 1 ? {} : { start }, items) : h('ul', {}, items)
  return [list, Math.max(next, at + 1)]
}

/** @param {readonly string[]} lines @param {Flavour} flavour */
function item(lines, flavour) {
  const task = /^\[([ xX])\] +/.exec(lines[0] ?? '')
  const source = task ? [(lines[0] ?? '').slice(task[0].length), ...lines.slice(1)] : lines
  const blocks = renderMarkdown(source.join('\n'), flavour)
  const [first, ...others] = blocks
  const inner = first?.tagName === 'P' ? [...first.childNodes, ...others] : blocks
  if (!task) return h('li', {}, inner)
  const done = task[1] !== ' '
  return h(
    'li',
    { class: 'task' },
    h('span', { class: 'box', role: 'img', 'aria-label': done ? 'done' : 'to do' }, done ? '☑' : '☐'),
    ' ',
    ...inner,
  )
}

/** @param {readonly string[]} lines @param {number} at @param {Flavour} flavour @returns {[HTMLElement, number]} */
function tableAt(lines, at, flavour) {
  const aligns = cells(lines[at + 1] ?? '').map((cell) =>
    cell.endsWith(':') ? (cell.startsWith(':') ? 'center' : 'right') : 'left',
  )
  let end = at + 2
  while (end < lines.length && (lines[end] ?? '').includes('|')) end += 1
  const row = (/** @type {string} */ line, /** @type {'th' | 'td'} */ tag) =>
    h(
      'tr',
      {},
      cells(line).map((cell, column) =>
        h(tag, { class: `to-${aligns[column] ?? 'left'}` }, inlineMarkup(cell, flavour)),
      ),
    )
  const body = lines.slice(at + 2, end).map((line) => row(line, 'td'))
  return [
    h(
      'div',
      { class: 'table' },
      h('table', {}, h('thead', {}, row(lines[at] ?? '', 'th')), h('tbody', {}, body)),
    ),
    end,
  ]
}

/** @param {string} line */
function cells(line) {
  const inner = line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '')
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'))
}

/** @param {readonly string[]} lines @param {number} at @param {Flavour} flavour @returns {[HTMLElement, number]} */
function paragraphAt(lines, at, flavour) {
  let end = at + 1
  while (end < lines.length && !interrupts(lines, end, flavour)) end += 1
  return [h('p', {}, inlineMarkup(lines.slice(at, end).join('\n').trim(), flavour)), end]
}

/** @param {readonly string[]} lines @param {number} at @param {Flavour} flavour */
function interrupts(lines, at, flavour) {
  const line = lines[at] ?? ''
  return (
    line.trim() === '' ||
    FENCE.test(line) ||
    HEADING.test(line) ||
    /^ {0,3}>/.test(line) ||
    ITEM.test(line) ||
    (!flavour.underlines && RULE.test(line)) ||
    (flavour.underlines && line.startsWith('-# ')) ||
    (flavour.tables && line.includes('|') && RULER.test(lines[at + 1] ?? ''))
  )
}
