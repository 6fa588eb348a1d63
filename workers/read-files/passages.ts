import type { Passage } from '../../src/ports/document-store.ts'
import type { Section } from './reading.ts'

/** Small enough to choose from, large enough to be understood. */
const PASSAGE_CHARACTERS = 3_000
/** A cut is looked for in the last part of a passage. */
const LOOK_BACK = 1_000

/** Cuts long sections at paragraphs, else lines, sentences or words; nothing is lost but white space at the cuts. */
export function asPassages(sections: readonly Section[]): Passage[] {
  return sections.flatMap(({ unit, name, text }) => cut(text).map((piece) => ({ unit, name, text: piece })))
}

function cut(text: string): string[] {
  const pieces: string[] = []
  let rest = text.trim()
  while (rest.length > PASSAGE_CHARACTERS) {
    const at = cutBefore(rest)
    pieces.push(rest.slice(0, at).trimEnd())
    rest = rest.slice(at).trimStart()
  }
  return rest === '' ? pieces : [...pieces, rest]
}

function cutBefore(text: string): number {
  const from = PASSAGE_CHARACTERS - LOOK_BACK
  const window = text.slice(from, PASSAGE_CHARACTERS)
  for (const boundary of ['\n\n', '\n', '. ', ' ']) {
    const found = window.lastIndexOf(boundary)
    if (found >= 0) return from + found + boundary.length
  }
  // Between the halves of a surrogate pair nothing may be cut.
  const last = text.charCodeAt(PASSAGE_CHARACTERS - 1)
  return last >= 0xd800 && last <= 0xdbff ? PASSAGE_CHARACTERS - 1 : PASSAGE_CHARACTERS
}
