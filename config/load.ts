import { existsSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { type Environment, environmentSchema, REQUIREMENTS } from './schema.ts'

export class ConfigurationError extends Error {
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(
      `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
    )
    this.name = 'ConfigurationError'
    this.faults = faults
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
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  for (const { name, needs } of REQUIREMENTS) {
    if (given[name] !== undefined && needs.every((other) => given[other] === undefined)) {
      faults.push(`${name} needs ${needs.join(' or ')} beside it`)
    }
  }
  if (!parsed.success || faults.length > 0) throw new ConfigurationError(faults)
  return Object.freeze(parsed.data)
}

function envFile(): NodeJS.ProcessEnv {
  return existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {}
}
