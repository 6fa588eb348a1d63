// @ts-check
import { codeBlock, h, outwardLink } from './element.js'
import { emojiOf } from './emoji.js'

/** @import { Child } from './element.js' */

/**
 * Slack's own markup.
 * @param {string} text
 * @param {Readonly<Record<string, string>>} names
 * @returns {Child[]}
 */
export function renderMrkdwn(text, names) {
  return text.split(/```\n?([\s\S]*?)(?:\n?```|$)\n?/).flatMap((part, index) => {
    if (index % 2 === 1) return [codeBlock(unescaped(part))]
    return part === '' ? [] : lines(part, names)
  })
}

/** @param {string} text @param {Readonly<Record<string, string>>} names @returns {Child[]} */
function lines(text, names) {
  return text.split(/((?:^(?:&gt;|>).*(?:\n|$))+)/m).flatMap((part) => {
    if (part === '') return []
    if (!/^(&gt;|>)/.test(part)) return [h('span', { class: 'lines' }, styled(part, names))]
    const quoted = part.replace(/\n$/, '').replace(/^(?:&gt;|>) ?/gm, '')
    return [h('blockquote', {}, h('span', { class: 'lines' }, styled(quoted, names)))]
  })
}

const STYLED =
  /(`[^`\n]+`)|(<[^<>\n]+>)|(:[\w+-]+(?:::[\w-]+)?:)|(?<![\p{L}\p{N}])(?:\*(\S(?:[^*\n]*\S)?)\*|_(\S(?:[^_\n]*\S)?)_|~(\S(?:[^~\n]*\S)?)~)(?![\p{L}\p{N}])/gu

/** @param {string} text @param {Readonly<Record<string, string>>} names @returns {Child[]} */
function styled(text, names) {
  /** @type {Child[]} */
  const out = []
  let from = 0
  for (const found of text.matchAll(STYLED)) {
    const [whole, code, angle, emoji, bold, italic, struck] = found
    out.push(unescaped(text.slice(from, found.index)))
    from = found.index + whole.length
    if (code !== undefined) out.push(h('code', {}, unescaped(code.slice(1, -1))))
    else if (angle !== undefined) out.push(slackToken(angle.slice(1, -1), names))
    else if (emoji !== undefined) out.push(emojiOf(emoji.slice(1, -1)))
    else if (bold !== undefined) out.push(h('strong', {}, styled(bold, names)))
    else if (italic !== undefined) out.push(h('em', {}, styled(italic, names)))
    else if (struck !== undefined) out.push(h('s', {}, styled(struck, names)))
  }
  out.push(unescaped(text.slice(from)))
  return out.filter((node) => node !== '')
}

/**
 * What stands between `<` and `>`.
 * @param {string} token
 * @param {Readonly<Record<string, string>>} names
 * @returns {Child}
 */
export function slackToken(token, names) {
  const [target = '', label] = token.split('|')
  if (target.startsWith('@'))
    return h('span', { class: 'mention' }, `@${names[target.slice(1)] ?? label ?? target.slice(1)}`)
  if (target.startsWith('#')) return h('span', { class: 'mention' }, `#${label ?? target.slice(1)}`)
  if (/^!(here|channel|everyone)/.test(target)) return h('span', { class: 'mention' }, `@${target.slice(1)}`)
  if (target.startsWith('!')) return label ?? target
  const url = unescaped(target)
  return outwardLink(url, unescaped(label ?? url.replace(/^mailto:/, '')))
}

/** @param {string} text */
function unescaped(text) {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}
