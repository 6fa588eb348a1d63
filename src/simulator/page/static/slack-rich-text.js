// @ts-check
import { codeBlock, h, outwardLink } from './element.js'
import { emojiOf } from './emoji.js'
import { slackToken } from './mrkdwn.js'

/**
 * @import { Child } from './element.js'
 * @import { Block, Names } from './slack-blocks.js'
 */

/** @param {unknown} value @returns {any[]} */
function list(value) {
  return Array.isArray(value) ? value : []
}

/** @param {Block} element @param {Names} names @returns {Child} */
export function richText(element, names) {
  const inner = () => list(element.elements).map((one) => richPiece(one, names))
  switch (element.type) {
    case 'rich_text_preformatted':
      return codeBlock(
        list(element.elements)
          .map((one) => one.text ?? one.url ?? '')
          .join(''),
      )
    case 'rich_text_quote':
      return h('blockquote', {}, h('span', { class: 'lines' }, inner()))
    case 'rich_text_list':
      return h(
        element.style === 'ordered' ? 'ol' : 'ul',
        {},
        list(element.elements).map((one) => h('li', {}, richText(one, names))),
      )
    default:
      return h('span', { class: 'lines' }, inner())
  }
}

/** @param {Block} piece @param {Names} names @returns {Child} */
function richPiece(piece, names) {
  switch (piece.type) {
    case 'user':
      return slackToken(`@${piece.user_id}`, names)
    case 'broadcast':
      return slackToken(`!${piece.range}`, names)
    case 'link':
      return outwardLink(String(piece.url), String(piece.text ?? piece.url))
    case 'emoji':
      return emojiOf(String(piece.name))
    default: {
      const { bold, italic, strike, code } = piece.style ?? {}
      /** @type {Child} */
      let node = String(piece.text ?? '')
      if (code) node = h('code', {}, node)
      if (strike) node = h('s', {}, node)
      if (italic) node = h('em', {}, node)
      return bold ? h('strong', {}, node) : node
    }
  }
}
