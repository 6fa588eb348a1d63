// @ts-check
import { codeBlock, h, outwardLink, spoiler } from './element.js'

/** @import { Child } from './element.js' */

/** Tags rebuilt under their own name; everything else leaves only its content. */
const KEPT = new Set(
  'b strong i em u ins s strike del sub sup h1 h2 h3 h4 h5 h6 p blockquote ul ol li br hr table caption thead tbody tr th td details summary cite aside figure figcaption mark'.split(
    ' ',
  ),
)
const DROPPED = new Set([
  'script',
  'style',
  'mx-reply',
  'template',
  'iframe',
  'object',
  'embed',
  'svg',
  'math',
  'title',
  'noscript',
  'textarea',
])
const COLOUR = /^#[0-9a-f]{6}$/i
const MAX_DEPTH = 60

/**
 * Shows HTML from a message: it is read by a parser that runs and loads nothing, and rebuilt node by node from a
 * list of harmless tags.
 * @param {string} html
 * @returns {Child[]}
 */
export function renderHtml(html) {
  const parsed = new DOMParser().parseFromString(html, 'text/html')
  return children(parsed.body, 0)
}

/** @param {Element} parent @param {number} depth @returns {Child[]} */
function children(parent, depth) {
  return depth > MAX_DEPTH
    ? [parent.textContent]
    : [...parent.childNodes].flatMap((node) => rebuilt(node, depth))
}

/** @param {Node} node @param {number} depth @returns {Child[]} */
function rebuilt(node, depth) {
  if (node.nodeType === Node.TEXT_NODE) return [node.textContent]
  if (!(node instanceof Element)) return []
  const tag = node.localName
  if (DROPPED.has(tag)) return []
  const inner = () => children(node, depth + 1)
  switch (tag) {
    case 'a':
      return [link(node, inner())]
    case 'pre':
      return [codeBlock((node.textContent ?? '').replace(/\n$/, ''), languageOf(node.querySelector('code')))]
    case 'code':
      return [h('code', {}, inner())]
    case 'img':
      return [node.getAttribute('alt') ?? node.getAttribute('title') ?? '🖼']
    case 'table':
      return [h('div', { class: 'table' }, h('table', {}, inner()))]
    case 'ol':
      return [h('ol', { start: node.getAttribute('start') ?? undefined }, inner())]
    case 'tg-spoiler':
      return [spoiler(...inner())]
    case 'span':
    case 'font':
      return [span(node, inner())]
    case 'div':
      return [h('div', {}, inner())]
  }
  return KEPT.has(tag) ? [h(/** @type {'p'} */ (tag), {}, inner())] : inner()
}

/** @param {Element} node @param {Child[]} inner */
function link(node, inner) {
  const url = node.getAttribute('href') ?? ''
  if (/^https:\/\/matrix\.to\/#\/[@!#]/.test(url)) return h('span', { class: 'mention' }, ...inner)
  return outwardLink(url, ...inner)
}

/** @param {Element} node @param {Child[]} inner */
function span(node, inner) {
  if (node.hasAttribute('data-mx-spoiler')) return spoiler(...inner)
  const shown = h('span', {}, inner)
  const colour = node.getAttribute('data-mx-color') ?? node.getAttribute('color') ?? ''
  if (COLOUR.test(colour)) shown.style.color = colour
  return shown
}

/** @param {Element | null} code */
function languageOf(code) {
  return /(?:^|\s)language-([\w+#.-]+)/.exec(code?.getAttribute('class') ?? '')?.[1] ?? ''
}
