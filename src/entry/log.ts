import pino from 'pino'
import type { Environment } from '../../config/schema.ts'

const MAX_DEPTH = 3

interface PlainError {
  readonly type: string
  readonly code?: string
  readonly message: string
  readonly stack?: string
  readonly cause?: PlainError
}

/** Structured logs on standard error; standard output is for people. */
export function createLog(environment: Pick<Environment, 'LOG_LEVEL'>): pino.Logger {
  return pino(
    {
      level: environment.LOG_LEVEL,
      base: null,
      serializers: { err: (error: unknown) => plainError(error, 0) },
    },
    pino.destination({ fd: 2, sync: false }),
  )
}

/** A failed query's own message holds its parameters, and so chat text and secrets: only the first line's statement stays. */
function plainError(error: unknown, depth: number): PlainError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error).slice(0, 500) }
  const message = error.message.replace(/\nparams: [\s\S]*$/, '').slice(0, 2_000)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const stack = error.stack
    ?.split('\n')
    .filter((line) => line.startsWith('    at '))
    .slice(0, 12)
    .join('\n')
  return {
    type: error.name,
    message,
    ...(code === undefined ? {} : { code }),
    ...(stack === undefined ? {} : { stack }),
    ...(error.cause !== undefined && depth < MAX_DEPTH ? { cause: plainError(error.cause, depth + 1) } : {}),
  }
}
