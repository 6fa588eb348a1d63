import { existsSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import type { ZodError } from 'zod'
import { type Environment, environmentSchema, REQUIREMENTS } from './schema.ts'

export class ConfigurationError extends Error {
  readonly faults: readonly string[]
  /** What the rest says, with defaults for what is at fault, so that further faults can be found with it. */
  readonly partial: Environment | undefined

  constructor(faults: readonly string[], partial?: Environment) {
    const heading =
      faults.length === 1 ? 'The configuration has a fault' : `The configuration has ${faults.length} faults`
    super(`${heading}:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`)
    this.name = 'ConfigurationError'
    this.faults = faults
    this.partial = partial
  }
}

/**
 * The only reader of the environment; a `.env` file in the working directory fills what is not set.
 * An empty value counts as absent. Throws a ConfigurationError that lists every fault, without values.
 */
export function loadEnvironment(source: NodeJS.ProcessEnv = { ...envFile(), ...process.env }): Environment {
  const given = Object.fromEntries(
    Object.entries(source).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = environmentSchema.safeParse(given)
  const faults = parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  for (const { name, needs } of REQUIREMENTS) {
    if (given[name] !== undefined && needs.every((other) => given[other] === undefined)) {
      faults.push(`${name} needs ${needs.join(' or ')} beside it`)
    }
  }
  if (parsed.success && faults.length === 0) return Object.freeze(parsed.data)
  throw new ConfigurationError(faults, parsed.success ? parsed.data : withoutFaulty(given, parsed.error))
}

function withoutFaulty(given: Record<string, unknown>, error: ZodError): Environment | undefined {
  const faulty = new Set(error.issues.map(({ path }) => path[0]))
  const rest = Object.fromEntries(Object.entries(given).filter(([name]) => !faulty.has(name)))
  return environmentSchema.safeParse(rest).data
}

function envFile(): NodeJS.ProcessEnv {
  return existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {}
}
