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

/**
 * Structured logs on standard error; standard output is for people. The environment's own secrets are masked in
 * every line, whoever wrote them there: servers like to repeat what they refuse.
 */
export function createLog(environment: LoggedEnvironment): pino.Logger {
  const secrets = secretsOf(environment)
  return pino(
    {
      level: environment.LOG_LEVEL,
      base: null,
      serializers: { err: (error: unknown) => plainError(error, 0) },
      hooks: {
        streamWrite: (line) => secrets.reduce((text, secret) => text.replaceAll(secret, MASK), line),
      },
    },
    pino.destination({ fd: 2, sync: false }),
  )
}

type LoggedEnvironment = Pick<Environment, 'LOG_LEVEL'> & Partial<Environment>

const MASK = '[secret]'
const SECRET_NAME = /_(?:KEY|TOKEN|SECRET|PASSWORD)$/
/** Shorter values stand in many lines by chance. */
const LEAST_SECRET = 6

/** As they look inside a line of JSON. */
function secretsOf(environment: LoggedEnvironment): string[] {
  const named = Object.entries(environment).flatMap(([name, value]) =>
    SECRET_NAME.test(name) && typeof value === 'string' ? value.split(',') : [],
  )
  const passwords = [environment.DATABASE_URL, environment.REDIS_URL].map(
    (url) => /^\w+:\/\/[^:@/]*:([^@/]*)@/.exec(url ?? '')?.[1] ?? '',
  )
  return [...named, ...passwords]
    .map((secret) => JSON.stringify(secret.trim()).slice(1, -1))
    .filter(({ length }) => length >= LEAST_SECRET)
    .sort((one, other) => other.length - one.length)
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
