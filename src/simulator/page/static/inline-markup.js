// @ts-check
import { h, outwardLink, spoiler } from './element.js'

/** @import { Child } from './element.js' */

/**
 * What differs between those who write Markdown.
 * @typedef {object} Flavour
 * @property {boolean} hardBreaks A line break in the source is one on the screen.
 * @property {boolean} tables
 * @property {boolean} underlines `__` underlines, `||` hides.
 * @property {(token: string) => Child} [angle] What `<…>` shows, where it is no address; undefined leaves it as text.
 */

const ESCAPABLE = /[!-/:-@[-`{-~]/
const ADDRESS = /^https?:\/\/[^\s<>]+[^\s<>.,:;"'!?)\]}*_~|]/i

/** Longest first. @type {readonly [mark: string, tag: 'strong' | 'em' | 'u' | 's' | 'spoiler'][]} */
const COMMON = [
  ['***', 'strong'],
  ['**', 'strong'],
  ['~~', 's'],
  ['*', 'em'],
  ['_', 'em'],
]
/** @type {typeof COMMON} */
const UNDERLINING = [['||', 'spoiler'], ['__', 'u'], ...COMMON]
/** @type {typeof COMMON} */
const PLAIN = [['__', 'strong'], ...COMMON]

/**
 * @param {string} text
 * @param {Flavour} flavour
 * @returns {Child[]}
 */
export function inlineMarkup(text, flavour) {
  /** @type {Child[]} */
  const out = []
  let plain = ''
  const flush = () => {
    if (plain !== '') out.push(plain)
    plain = ''
  }
  /** @param {Child} node */
  const push = (node) => {
    flush()
    out.push(node)
  }
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at)
    const next = rest.charAt(1)
    if (rest[0] === '\\' && next !== '' && (ESCAPABLE.test(next) || next === '\n')) {
      if (next === '\n') push(h('br'))
      else plain += next
      at += 2
      continue
    }
    const hit =
      codeAt(rest) ??
      breakAt(rest, flavour) ??
      angleAt(rest, flavour) ??
      linkAt(rest, flavour) ??
      addressAt(rest, plain) ??
      styledAt(rest, plain, flavour)
    if (!hit) {
      plain += rest.charAt(0)
      at += 1
      continue
    }
    push(hit.node)
    at += hit.length
  }
  flush()
  return out
}

/**
 * @typedef {{ node: Child, length: number } | undefined} Hit
 */

/** @param {string} rest @returns {Hit} */
function codeAt(rest) {
  const fence = /^`+/.exec(rest)?.[0]
  if (fence === undefined) return undefined
  for (let end = rest.indexOf(fence, fence.length); end >= 0; end = rest.indexOf(fence, end + 1)) {
    if (rest[end - 1] === '`' || rest[end + fence.length] === '`') continue
    const code = rest.slice(fence.length, end).replace(/\n/g, ' ')
    const trimmed = /^ .*[^ ].* $/.test(code) ? code.slice(1, -1) : code
    return { node: h('code', {}, trimmed), length: end + fence.length }
  }
  return { node: fence, length: fence.length }
}

/** @param {string} rest @param {Flavour} flavour @returns {Hit} */
function breakAt(rest, flavour) {
  if (rest[0] === '\n' && flavour.hardBreaks) return { node: h('br'), length: 1 }
  const spaces = /^ {2,}\n/.exec(rest)
  return spaces ? { node: h('br'), length: spaces[0].length } : undefined
}

/** @param {string} rest @param {Flavour} flavour @returns {Hit} */
function angleAt(rest, flavour) {
  const inside = /^<([^<>\n]+)>/.exec(rest)
  const token = inside?.[1]
  if (!inside || token === undefined) return undefined
  if (/^(https?:\/\/|mailto:)\S+$/i.test(token))
    return { node: outwardLink(token, token), length: inside[0].length }
  const node = flavour.angle?.(token)
  return node === undefined ? undefined : { node, length: inside[0].length }
}

/** @param {string} rest @param {Flavour} flavour @returns {Hit} */
function linkAt(rest, flavour) {
  const found =
    /^(!?)\[((?:\\.|[^\]\\])*)\]\(\s*(?:<([^>\n]*)>|([^\s()]*(?:\([^\s()]*\)[^\s()]*)*))(?:\s+["'][^"']*["'])?\s*\)/.exec(
      rest,
    )
  if (!found) return undefined
  const [whole, , label = '', angled, bare] = found
  return { node: outwardLink(angled ?? bare ?? '', ...inlineMarkup(label, flavour)), length: whole.length }
}

/** @param {string} rest @param {string} before @returns {Hit} */
function addressAt(rest, before) {
  if (!/^https?:/i.test(rest) || /\w$/.test(before)) return undefined
  const url = ADDRESS.exec(rest)?.[0]
  return url === undefined ? undefined : { node: outwardLink(url, url), length: url.length }
}

/** @param {string} rest @param {string} before @param {Flavour} flavour @returns {Hit} */
function styledAt(rest, before, flavour) {
  for (const [mark, tag] of flavour.underlines ? UNDERLINING : PLAIN) {
    if (!rest.startsWith(mark)) continue
    const isWord = mark.startsWith('_') && /[\p{L}\p{N}]$/u.test(before)
    if (isWord || /^\s/.test(rest.charAt(mark.length)) || rest.length === mark.length) continue
    const end = closing(rest, mark)
    if (end < 0) continue
    const inner = inlineMarkup(rest.slice(mark.length, end), flavour)
    const node =
      tag === 'spoiler'
        ? spoiler(...inner)
        : mark === '***'
          ? h('strong', {}, h('em', {}, inner))
          : h(tag, {}, inner)
    return { node, length: end + mark.length }
  }
  return undefined
}

/** @param {string} rest @param {string} mark */
function closing(rest, mark) {
  for (let at = mark.length + 1; at <= rest.length - mark.length; at += 1) {
    const char = rest.charAt(at - 1)
    if (char === '\\') {
      at += 1
      continue
    }
    if (char === '`') {
      const code = codeAt(rest.slice(at - 1))
      if (code && code.length > 1) {
        at += code.length - 1
        continue
      }
    }
    if (!rest.startsWith(mark, at) || /\s/.test(char) || (at === mark.length && mark !== '||')) continue
    const after = rest.charAt(at + mark.length)
    if (mark.startsWith('_') && /[\p{L}\p{N}]/u.test(after)) continue
    if (mark === '*' && (after === '*' || char === '*')) {
      // The two stars of an inner strong are not this one's end.
      at += after === '*' ? 1 : 0
      continue
    }
    return at
  }
  return -1
}
