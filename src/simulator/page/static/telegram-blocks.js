// @ts-check
import { codeBlock, h, outwardLink } from './element.js'

/** @import { Child } from './element.js' */

/**
 * A rich message's blocks as Telegram's apps lay them out.
 * @param {string} source JSON of `InputRichBlock[]`
 * @returns {Child[]}
 */
export function telegramBlocks(source) {
  return blocksOf(JSON.parse(source))
}

/**
 * @param {any} blocks
 * @returns {Child[]}
 */
function blocksOf(blocks) {
  return Array.isArray(blocks) ? blocks.map(blockOf) : []
}

/**
 * @param {any} block
 * @returns {Child}
 */
function blockOf(block) {
  switch (block.type) {
    case 'heading':
      return h(HEADINGS[Math.min(HEADINGS.length, block.size) - 1] ?? 'h6', {}, richText(block.text))
    case 'pre':
      return codeBlock(plain(block.text), block.language ?? '')
    case 'divider':
      return h('hr', {})
    case 'blockquote':
      return h('blockquote', {}, blocksOf(block.blocks))
    case 'list': {
      const isNumbered = block.items[0]?.value !== undefined
      const items = block.items.map((/** @type {any} */ item) =>
        h('li', {}, [
          ...(item.has_checkbox
            ? [h('input', { type: 'checkbox', disabled: true, checked: item.is_checked === true })]
            : []),
          ...blocksOf(item.blocks),
        ]),
      )
      return isNumbered ? h('ol', { start: block.items[0].value }, items) : h('ul', {}, items)
    }
    case 'table':
      return h(
        'table',
        {},
        block.cells.map((/** @type {any[]} */ row) =>
          h(
            'tr',
            {},
            row.map((cell) =>
              h(cell.is_header ? 'th' : 'td', { class: `to-${cell.align}` }, richText(cell.text ?? '')),
            ),
          ),
        ),
      )
    default:
      return h('p', {}, richText(block.text ?? ''))
  }
}

/** Below the page's own two. */
const HEADINGS = /** @type {const} */ (['h3', 'h4', 'h5', 'h6'])

const TAGS = /** @type {Readonly<Record<string, 'strong' | 'em' | 's' | 'u' | 'code'>>} */ ({
  bold: 'strong',
  italic: 'em',
  strikethrough: 's',
  underline: 'u',
  code: 'code',
})

/**
 * @param {any} text
 * @returns {Child[]}
 */
function richText(text) {
  if (typeof text === 'string') return [text]
  if (Array.isArray(text)) return text.flatMap(richText)
  if (text.type === 'url') return [outwardLink(String(text.url), plain(text.text))]
  return [h(TAGS[text.type] ?? 'span', {}, richText(text.text ?? text.expression ?? ''))]
}

/**
 * @param {any} text
 * @returns {string}
 */
function plain(text) {
  if (typeof text === 'string') return text
  return Array.isArray(text) ? text.map(plain).join('') : plain(text.text ?? '')
}
