import type { ActionsBlock, KnownBlock } from '@slack/types'
import type { Control } from '../../src/model/outbound.ts'

/** Of Slack: a section's text, less room for a fence to close. */
const MAX_SECTION = 3_000 - 4
const MAX_BUTTON = 75

const FENCE = '```'

/** Text with buttons under it. With blocks, Slack shows `text` only in notifications. */
export function blocksOf(text: string, controls: readonly Control[]): KnownBlock[] {
  return [
    ...sections(text).map(
      (piece): KnownBlock => ({ type: 'section', text: { type: 'mrkdwn', text: piece }, expand: true }),
    ),
    actionsOf(controls),
  ]
}

/** `blockId`: what the block is found again by. */
export function actionsOf(controls: readonly Control[], blockId?: string): ActionsBlock {
  return {
    type: 'actions',
    ...(blockId === undefined ? {} : { block_id: blockId }),
    elements: controls.map(({ id, label }) => ({
      type: 'button',
      action_id: id,
      text: { type: 'plain_text', text: label.slice(0, MAX_BUTTON) },
    })),
  }
}

/** Pieces that each fit a section; a code block that is cut is closed and opened again. */
function sections(text: string): string[] {
  const pieces: string[] = []
  let rest = text
  while (rest.length > MAX_SECTION) {
    const end = cutBefore(rest, MAX_SECTION)
    const head = rest.slice(0, end)
    const inFence = head.split(FENCE).length % 2 === 0
    pieces.push(inFence ? `${head.trimEnd()}\n${FENCE}` : head.trimEnd())
    rest = inFence ? `${FENCE}\n${rest.slice(end).replace(/^\n/, '')}` : rest.slice(end).trimStart()
  }
  return [...pieces, rest].filter((piece) => piece.trim() !== '')
}

/** After a line, else after a word, else where no link, entity or character is torn. */
function cutBefore(text: string, limit: number): number {
  const least = limit / 2
  const line = text.lastIndexOf('\n', limit)
  if (line > least) return line
  const word = text.lastIndexOf(' ', limit)
  if (word > least) return word
  const head = text.slice(0, limit)
  const open = /(?:<[^<>]*|&[a-z]{0,4}|[\uD800-\uDBFF])$/.exec(head)
  return open && open.index > least ? open.index : limit
}
