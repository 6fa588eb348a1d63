// @ts-check
import { codeBlock, h, outwardLink, spoiler } from './element.js'
import { RICH, renderMarkdown } from './markdown.js'
import { renderHtml } from './safe-html.js'
import { telegramBlocks } from './telegram-blocks.js'

/**
 * @import { Child } from './element.js'
 * @typedef {{ type: string, offset: number, length: number, url?: string, language?: string }} Entity
 */

/**
 * @param {string} text
 * @param {readonly Entity[]} entities
 * @returns {Child[]}
 */
export function telegramText(text, entities) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length)
  return stretch(text, 0, text.length, sorted)
}

/** @param {string} text @param {number} from @param {number} to @param {readonly Entity[]} entities @returns {Child[]} */
function stretch(text, from, to, entities) {
  /** @type {Child[]} */
  const out = []
  let at = from
  for (let index = 0; index < entities.length; ) {
    const entity = /** @type {Entity} */ (entities[index])
    const end = Math.min(entity.offset + entity.length, to)
    /** @type {Entity[]} */
    const inside = []
    index += 1
    while (index < entities.length && /** @type {Entity} */ (entities[index]).offset < end) {
      inside.push(/** @type {Entity} */ (entities[index]))
      index += 1
    }
    if (entity.offset < at) continue
    out.push(text.slice(at, entity.offset))
    out.push(styled(entity, text.slice(entity.offset, end), () => stretch(text, entity.offset, end, inside)))
    at = end
    // Blocks end their line themselves.
    if (/^(pre|.*blockquote)$/.test(entity.type) && text[at] === '\n') at += 1
  }
  out.push(text.slice(at, to))
  return out.filter((node) => node !== '')
}

/** @param {Entity} entity @param {string} raw @param {() => Child[]} inner @returns {Child} */
function styled(entity, raw, inner) {
  switch (entity.type) {
    case 'bold':
      return h('strong', {}, inner())
    case 'italic':
      return h('em', {}, inner())
    case 'underline':
      return h('u', {}, inner())
    case 'strikethrough':
      return h('s', {}, inner())
    case 'spoiler':
      return spoiler(...inner())
    case 'code':
      return h('code', {}, raw)
    case 'pre':
      return codeBlock(raw, entity.language)
    case 'blockquote':
      return h('blockquote', {}, inner())
    case 'expandable_blockquote':
      return h('details', { class: 'quote' }, h('summary', {}, 'Quote'), h('blockquote', {}, inner()))
    case 'text_link':
      return outwardLink(entity.url ?? '', ...inner())
    case 'url':
      return outwardLink(/^[a-z]+:/i.test(raw) ? raw : `https://${raw}`, raw)
    case 'email':
      return outwardLink(`mailto:${raw}`, raw)
    case 'mention':
    case 'text_mention':
    case 'hashtag':
    case 'bot_command':
      return h('span', { class: 'mention' }, inner())
    default:
      return h('span', {}, inner())
  }
}

/**
 * @param {{ format: 'markdown' | 'html' | 'blocks', source: string }} rich
 * @returns {Child[]}
 */
export function telegramRich({ format, source }) {
  if (format === 'markdown') return renderMarkdown(source, RICH)
  return format === 'html' ? renderHtml(source) : telegramBlocks(source)
}

/**
 * @param {unknown} keyboard
 * @param {(control: string) => void} press
 * @returns {Child[]}
 */
export function telegramKeyboard(keyboard, press) {
  if (!Array.isArray(keyboard)) return []
  return keyboard.map((row) =>
    h(
      'div',
      { class: 'keys' },
      (Array.isArray(row) ? row : []).map((key) =>
        key.url
          ? outwardLink(String(key.url), String(key.text))
          : h(
              'button',
              {
                type: 'button',
                class: `key ${key.style ?? ''}`,
                'data-key': key.callback_data,
                disabled: key.callback_data === undefined,
                onclick: () => press(key.callback_data),
              },
              String(key.text),
            ),
      ),
    ),
  )
}
