import type { Logger } from '../../../src/ports/logger.ts'

const silent = (): void => undefined

export const silentLog: Logger = {
  debug: silent,
  info: silent,
  warn: silent,
  error: silent,
  child: () => silentLog,
}
