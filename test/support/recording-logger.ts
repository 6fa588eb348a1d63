import type { Logger } from '../../src/ports/logger.ts'

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly fields: object
  readonly message: string
}

/** Keeps what is logged, children's lines included. */
export function createRecordingLogger(): Logger & { readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = []

  function loggerWith(base: object): Logger {
    const at = (level: LogLine['level']) => (fields: object, message: string) => {
      lines.push({ level, fields: { ...base, ...fields }, message })
    }
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: (fields) => loggerWith({ ...base, ...fields }),
    }
  }

  return { ...loggerWith({}), lines }
}
