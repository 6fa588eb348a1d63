import type { Logger } from '../ports/logger.ts'

const QUIET_MS = 30_000

/**
 * Every client of a backend that is down says so at every attempt: each sentence is logged once per half
 * minute, its repetitions at debug.
 */
export function createErrorReport(log: Logger): (error: Error) => void {
  let lastMessage = ''
  let lastAt = 0
  return (error) => {
    const message = error.message || error.name
    const now = Date.now()
    if (message === lastMessage && now - lastAt < QUIET_MS) {
      log.debug({ err: error }, 'The queue reported the same error again.')
      return
    }
    lastMessage = message
    lastAt = now
    log.error({ err: error }, 'The queue reported an error; its workers try again by themselves.')
  }
}
