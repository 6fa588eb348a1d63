import type { ReplyChunk } from '../../src/ports/reply-model.ts'

const OPEN = '<think>'
const CLOSE = '</think>'

/**
 * Tells reasoning that a model writes into its text, between tags at the very beginning, from the text itself.
 * Servers without a parser for the model's reasoning pass it on like that.
 */
export async function* apartFromThinking(chunks: AsyncIterable<ReplyChunk>): AsyncGenerator<ReplyChunk> {
  let state: 'start' | 'thinking' | 'answering' = 'start'
  let held = ''
  const text = function* (end: boolean): Generator<ReplyChunk> {
    if (state === 'start') {
      const begun = held.trimStart()
      if (!end && OPEN.startsWith(begun.slice(0, OPEN.length)) && begun.length < OPEN.length) return
      if (begun.startsWith(OPEN)) {
        state = 'thinking'
        held = begun.slice(OPEN.length)
      } else state = 'answering'
    }
    if (state === 'thinking') {
      const close = held.indexOf(CLOSE)
      // The last characters may be the beginning of the closing tag.
      const sure = close >= 0 ? close : end ? held.length : Math.max(0, held.length - CLOSE.length + 1)
      if (sure > 0) yield { kind: 'reasoning', text: held.slice(0, sure) }
      held = held.slice(sure)
      if (close < 0) return
      held = held.slice(CLOSE.length)
      state = 'answering'
    }
    if (held !== '') yield { kind: 'text', text: held }
    held = ''
  }
  for await (const chunk of chunks) {
    if (chunk.kind === 'text') {
      held += chunk.text
      yield* text(false)
    } else {
      if (chunk.kind === 'end') yield* text(true)
      yield chunk
    }
  }
}
