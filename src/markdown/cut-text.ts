import type { Inline } from './tree.ts'

const DENSE_BREAK = 0.5
const ANY_BREAK = 0.3

/** Stretches that should stay whole: links, inline code. */
export interface Flat {
  readonly text: string
  readonly solid: readonly (readonly [from: number, to: number])[]
}

/** The first `max` characters as plain text; offsets are those `cutInlines` takes. */
export function flatten(inlines: readonly Inline[], max: number): Flat {
  let text = ''
  const solid: [number, number][] = []
  const walk = (nodes: readonly Inline[]): void => {
    for (const node of nodes) {
      if (text.length >= max) return
      const from = text.length
      if (node.type === 'text' || node.type === 'code') text += node.value.slice(0, max - text.length)
      else if (node.type === 'break') text += '\n'
      else walk(node.children)
      if (node.type === 'code' || node.type === 'link') solid.push([from, text.length])
    }
  }
  walk(inlines)
  return { text, solid }
}

/** The best place to cut at or before `most`: a line, a sentence, a word, a whole grapheme; 0 where none is whole. */
export function bestCut({ text, solid }: Flat, most: number): number {
  const whole = (at: number): boolean => !solid.some(([from, to]) => from < at && at < to)
  const space = (from: number, pattern: RegExp, mayCut = whole): number | undefined => {
    const window = text.slice(from, most)
    let best: number | undefined
    for (const match of window.matchAll(pattern)) {
      const at = from + match.index + match[0].length
      if (mayCut(at)) best = at
    }
    return best
  }
  const found =
    space(Math.floor(most * DENSE_BREAK), /\n/g) ??
    space(Math.floor(most * DENSE_BREAK), /[.!?…。！？؟][)"'”’»\]]{0,3}(?:\s|(?<=[。！？]))/gu) ??
    space(Math.floor(most * ANY_BREAK), /\s/g)
  if (found !== undefined) return found
  const inside = solid.find(([from, to]) => from < most && most < to)
  if (inside && inside[0] > most * ANY_BREAK) return inside[0]
  return space(Math.floor(most * ANY_BREAK), /\s/g, () => true) ?? graphemeBoundary(text, most)
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })
/** How much text around a place is looked at to find the grapheme it is in. */
export const LONGEST_GRAPHEME = 256

/** The last boundary between graphemes at or before `most`; between code points where one is endless. May be 0. */
export function graphemeBoundary(text: string, most: number): number {
  if (most >= text.length) return text.length
  let anchor = most
  const lowest = Math.max(0, most - LONGEST_GRAPHEME)
  while (anchor > lowest && text.charCodeAt(anchor - 1) > 127) anchor--
  anchor = Math.max(0, anchor - 1)
  const window = text.slice(anchor, most + LONGEST_GRAPHEME)
  const at = anchor + (graphemes.segment(window).containing(most - anchor)?.index ?? 0)
  return at > lowest || lowest === 0 ? at : codePointBoundary(text, most)
}

export function codePointBoundary(text: string, most: number): number {
  const isInsidePair =
    /[\uDC00-\uDFFF]/.test(text.charAt(most)) && /[\uD800-\uDBFF]/.test(text.charAt(most - 1))
  return isInsidePair && most > 1 ? most - 1 : most
}

/** Both sides keep their styles and links. White space at the cut goes. */
export function cutInlines(inlines: readonly Inline[], at: number): [head: Inline[], tail: Inline[]] {
  const [head, tail] = divide(inlines, at)
  return [trimEnd(head), trimStart(tail)]
}

/** The head alone, at a cost that does not depend on the tail. */
export const headOf = (inlines: readonly Inline[], at: number): Inline[] =>
  // Every inline but an empty one holds a character, and none is empty.
  cutInlines(inlines.slice(0, at + 1), at)[0]

function divide(inlines: readonly Inline[], at: number): [Inline[], Inline[]] {
  let left = at
  let index = 0
  for (let inline = inlines[0]; inline !== undefined; inline = inlines[index]) {
    if (left <= 0) break
    const length = lengthUpTo(inline, left + 1)
    if (length > left) {
      const [head, tail] = divideOne(inline, left)
      return [inlines.slice(0, index).concat(head), tail.concat(inlines.slice(index + 1))]
    }
    left -= length
    index++
  }
  return [inlines.slice(0, index), inlines.slice(index)]
}

function divideOne(inline: Inline, at: number): [Inline[], Inline[]] {
  if (inline.type === 'break') return [[], [inline]]
  if (inline.type === 'text' || inline.type === 'code') {
    return [[{ ...inline, value: inline.value.slice(0, at) }], [{ ...inline, value: inline.value.slice(at) }]]
  }
  const [head, tail] = divide(inline.children, at)
  return [
    head.length === 0 ? [] : [{ ...inline, children: head }],
    tail.length === 0 ? [] : [{ ...inline, children: tail }],
  ]
}

/** Characters of text, counted no further than `cap`. */
export function lengthUpTo(inline: Inline, cap: number): number {
  if (inline.type === 'text' || inline.type === 'code') return inline.value.length
  if (inline.type === 'break') return 1
  let length = 0
  for (const child of inline.children) {
    length += lengthUpTo(child, cap - length)
    if (length >= cap) return length
  }
  return length
}

function trimEnd(inlines: readonly Inline[]): Inline[] {
  for (let end = inlines.length; end > 0; end--) {
    const last = inlines[end - 1]
    const kept = last && trimmedOne(last, trimEnd, (value) => value.trimEnd())
    if (kept) return inlines.slice(0, end - 1).concat(kept)
  }
  return []
}

function trimStart(inlines: readonly Inline[]): Inline[] {
  for (const [index, first] of inlines.entries()) {
    const kept = trimmedOne(first, trimStart, (value) => value.trimStart())
    if (kept) return [kept].concat(inlines.slice(index + 1))
  }
  return []
}

function trimmedOne(
  inline: Inline,
  inner: (inlines: readonly Inline[]) => Inline[],
  outer: (value: string) => string,
): Inline | undefined {
  if (inline.type === 'break') return undefined
  if (inline.type === 'code') return inline
  if (inline.type === 'text') {
    const value = outer(inline.value)
    return value === '' ? undefined : { ...inline, value }
  }
  const children = inner(inline.children)
  return children.length === 0 ? undefined : { ...inline, children }
}
