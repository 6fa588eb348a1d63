import { asHubError } from '../src/model/errors.ts'
import type { Target } from '../src/model/outbound.ts'
import type { Logger } from '../src/ports/logger.ts'
import type { Sender } from '../src/ports/sender.ts'

const CALL_LIMIT_MS = 10_000

/** Shows 'typing' until stopped. Best effort: a platform that refuses is left alone. */
export function keepIndicating(sender: Sender, target: Target, log: Logger): { stop(): Promise<void> } {
  const refreshMs = sender.capabilities(target).activityRefreshMs
  if (refreshMs === 0) return { stop: () => Promise.resolve() }
  let active = true
  const indicate = async (on: boolean): Promise<void> => {
    try {
      await sender.indicate(target, on, AbortSignal.timeout(CALL_LIMIT_MS))
    } catch (error) {
      active = false
      log.debug({ code: asHubError(error).code }, 'the platform did not take a typing signal')
    }
  }
  let last = indicate(true)
  const timer = setInterval(() => {
    if (active) last = indicate(true)
  }, refreshMs)
  return {
    async stop() {
      clearInterval(timer)
      await last
      if (active) await indicate(false)
    },
  }
}
