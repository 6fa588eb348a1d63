import type { WireRequest } from '../faults.ts'

/** Longer than any long poll the bot is known to hold open. */
const SILENCE_MS = 70_000

/** Whether the bot has been heard of lately, on a platform that it polls. */
export function botPresence(emulator: { onRequest(listener: (request: WireRequest) => void): () => void }): {
  isThere(): boolean
} {
  let heardAt = Number.NEGATIVE_INFINITY
  emulator.onRequest(() => {
    heardAt = Date.now()
  })
  return { isThere: () => Date.now() - heardAt < SILENCE_MS }
}
