import { badRequest } from './api-error.ts'
import type { MessageEntity } from './message-entities.ts'
import { fromText, type ParameterTable, parameterOf, problemOf } from './parameter-types.ts'
import type { UploadedFile, WireArguments } from './wire-body.ts'

/** The arguments of one call, checked against the method's parameters. */
export class CallArguments {
  readonly #values: ReadonlyMap<string, unknown>
  readonly files: ReadonlyMap<string, UploadedFile>

  constructor(table: ParameterTable, wire: WireArguments) {
    const values = new Map<string, unknown>()
    for (const [name, given] of wire.fields) {
      const entry = table[name]
      if (!entry) throw badRequest(`unknown parameter "${name}"`)
      const { type } = parameterOf(entry)
      const value = wire.textual.has(name) && typeof given === 'string' ? fromText(type, given) : given
      const problem = problemOf(type, value, `parameter "${name}"`)
      if (problem !== undefined) throw badRequest(problem)
      values.set(name, value)
    }
    checkFiles(table, wire)
    for (const [name, entry] of Object.entries(table)) {
      const missing = !values.has(name) && !wire.files.has(name)
      if (parameterOf(entry).required && missing) throw badRequest(missingParameter(name))
    }
    this.#values = values
    this.files = wire.files
  }

  has(name: string): boolean {
    return this.#values.has(name)
  }

  integer(name: string): number | undefined {
    const value = this.#values.get(name)
    return typeof value === 'number' ? value : undefined
  }

  text(name: string): string | undefined {
    const value = this.#values.get(name)
    return typeof value === 'string' ? value : undefined
  }

  flag(name: string): boolean {
    return this.#values.get(name) === true
  }

  record(name: string): Readonly<Record<string, unknown>> | undefined {
    const value = this.#values.get(name)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  }

  list(name: string): readonly unknown[] | undefined {
    const value = this.#values.get(name)
    return Array.isArray(value) ? value : undefined
  }

  strings(name: string): readonly string[] | undefined {
    return this.list(name)?.filter((item) => typeof item === 'string')
  }

  entities(name: string): readonly MessageEntity[] | undefined {
    // Their shape was checked against the table.
    return this.list(name) as readonly MessageEntity[] | undefined
  }

  /** The upload behind `name` itself or its `attach://` reference. */
  upload(name: string): UploadedFile | undefined {
    const reference = /^attach:\/\/(.+)$/.exec(this.text(name) ?? '')?.[1]
    return this.files.get(reference ?? name)
  }
}

/** The real server's words for the parameters that every bot forgets once. */
function missingParameter(name: string): string {
  if (name === 'chat_id') return 'chat_id is empty'
  if (name === 'text') return 'message text is empty'
  if (name === 'file_id') return 'file_id not specified'
  if (name === 'message_id') return 'message identifier is not specified'
  if (name === 'voice' || name === 'document' || name === 'photo') return `there is no ${name} in the request`
  return `parameter "${name}" is required`
}

function checkFiles(table: ParameterTable, wire: WireArguments): void {
  const text = JSON.stringify([...wire.fields.values()])
  const references = [...text.matchAll(/attach:\/\/([^"\\]+)/g)].map((match) => match[1] ?? '')
  for (const name of wire.files.keys()) {
    const entry = table[name]
    const isParameter = entry !== undefined && parameterOf(entry).type.kind === 'file'
    if (!isParameter && !references.includes(name))
      throw badRequest(`file part "${name}" is neither a parameter nor attached`)
  }
  for (const name of references)
    if (!wire.files.has(name)) throw badRequest(`attach://${name} refers to no part`)
}
