import { LogLevel, LogService } from 'matrix-bot-sdk'
import type { Logger } from '../../src/ports/logger.ts'

/** The SDK has one log for all its clients in a process: all of it goes to the hub's, as details. */
export function takeSdkLog(log: Logger): void {
  const write = (module: string, ...said: readonly unknown[]): void =>
    log.debug({ module, said: said.map(inWords) }, 'matrix-bot-sdk says')
  LogService.setLevel(LogLevel.INFO)
  LogService.setLogger({ trace: write, debug: write, info: write, warn: write, error: write })
}

/** Objects are named only: they may be whole requests. */
function inWords(said: unknown): string {
  if (said instanceof Error) return said.message
  return typeof said === 'object' && said !== null ? said.constructor.name : String(said)
}
