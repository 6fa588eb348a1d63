// @ts-check

/**
 * @typedef {Node | string | null | undefined | false} Child
 * @typedef {Record<string, string | number | boolean | undefined | ((event: any) => void)>} Attributes
 */

/**
 * Makes an element. A function is a listener (`onclick`), false and undefined leave an attribute out. Text goes
 * in as text: nothing here reads HTML.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...(Child | readonly Child[])} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue
    if (typeof value === 'function') element.addEventListener(name.slice(2), value)
    else element.setAttribute(name, value === true ? '' : String(value))
  }
  fill(element, ...children)
  return element
}

/**
 * @param {Element | DocumentFragment} parent
 * @param {...(Child | readonly Child[])} children
 */
export function fill(parent, ...children) {
  const nodes = children.flat().filter((child) => child !== null && child !== undefined && child !== false)
  parent.replaceChildren(.../** @type {(Node | string)[]} */ (nodes))
}

/**
 * Focuses the first element that fits, if there is one.
 * @param {ParentNode} parent
 * @param {string} selector
 */
export function focusOn(parent, selector) {
  const found = parent.querySelector(selector)
  if (found instanceof HTMLElement) found.focus()
}

const PATHS = {
  at: 'M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0Zm0 0v1.5a2.5 2.5 0 0 0 5 0V12a9 9 0 1 0-3.6 7.2',
  bolt: 'M13 3 5 13.5h6L10.5 21 19 10h-6.5L13 3Z',
  clip: 'm20 11.5-8.3 8.3a5 5 0 0 1-7.1-7.1l8.6-8.5a3.4 3.4 0 0 1 4.8 4.8l-8.6 8.5a1.7 1.7 0 0 1-2.4-2.4l7.7-7.6',
  close: 'M6 6l12 12M18 6 6 18',
  copy: 'M9 9h10v11H9zM5 15V4h10',
  down: 'M12 5v14m-6-6 6 6 6-6',
  edit: 'M4 20h4L19.5 8.5a2.1 2.1 0 0 0-4-2L4 16v4Z',
  file: 'M13 3H7a1.5 1.5 0 0 0-1.5 1.5v15A1.5 1.5 0 0 0 7 21h10a1.5 1.5 0 0 0 1.5-1.5V8.5L13 3Zm0 0v5.5h5.5',
  mic: 'M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3ZM5 11.5a7 7 0 0 0 14 0M12 18.5V21',
  more: 'M5.5 12h.01M12 12h.01M18.5 12h.01',
  pause: 'M8 5v14M16 5v14',
  play: 'M7 4.5v15l12-7.5-12-7.5Z',
  reply: 'M9 6 4 11l5 5M4 11h10a6 6 0 0 1 6 6v1',
  run: 'm7 8 4 4-4 4M13 16h5',
  send: 'M4 12 20 4l-5 16-3.5-6.5L4 12Z',
  smile: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8.5 14.5s1.2 2 3.5 2 3.5-2 3.5-2M9 9.5h.01M15 9.5h.01',
  stop: 'M7 7h10v10H7z',
  theme: 'M12 3a9 9 0 1 0 9 9 7 7 0 0 1-9-9Z',
  thread: 'M4 5h16v10H11l-4 4v-4H4V5Z',
  trash: 'M4 7h16M9 7V4h6v3m3 0-1 13H7L6 7',
}

/**
 * @param {keyof typeof PATHS} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('class', `icon icon-${name}`)
  svg.setAttribute('aria-hidden', 'true')
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  path.setAttribute('d', PATHS[name])
  svg.append(path)
  return svg
}

/**
 * A button that shows only an icon.
 * @param {keyof typeof PATHS} picture
 * @param {string} label
 * @param {(event: MouseEvent) => void} onclick
 * @param {Attributes} [attributes]
 */
export function iconButton(picture, label, onclick, attributes = {}) {
  return h(
    'button',
    { type: 'button', class: 'icon-button', 'aria-label': label, title: label, onclick, ...attributes },
    icon(picture),
  )
}

const SAFE_LINK = /^(https?:|mailto:)/i

/**
 * A link that leaves the page, or plain content where the address is none to follow.
 * @param {string} url
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function outwardLink(url, ...children) {
  if (!SAFE_LINK.test(url.trim())) return h('span', {}, ...children)
  return h('a', { href: url.trim(), target: '_blank', rel: 'noopener noreferrer' }, ...children)
}

/**
 * Hidden until pressed.
 * @param {...Child} children
 */
export function spoiler(...children) {
  const reveal = () => {
    element.classList.add('shown')
    element.removeAttribute('aria-label')
  }
  const element = h(
    'button',
    { type: 'button', class: 'spoiler', 'aria-label': 'Hidden text; press to show', onclick: reveal },
    ...children,
  )
  return element
}

/**
 * @param {string} code
 * @param {string} [language]
 */
export function codeBlock(code, language = '') {
  const copy = iconButton('copy', 'Copy', () => void navigator.clipboard?.writeText(code), { tabindex: -1 })
  return h(
    'div',
    { class: 'code' },
    language !== '' && h('span', { class: 'language' }, language),
    copy,
    h('pre', {}, h('code', {}, code)),
  )
}
