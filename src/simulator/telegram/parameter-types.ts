/** What a Bot API parameter may be. */
export type ParameterType =
  | { readonly kind: 'integer' | 'float' | 'string' | 'boolean' | 'true' | 'file' | 'record' }
  | { readonly kind: 'array'; readonly of: ParameterType }
  | { readonly kind: 'object'; readonly name: string; readonly fields: ParameterTable }
  | { readonly kind: 'either'; readonly types: readonly ParameterType[] }

export interface Parameter {
  readonly type: ParameterType
  readonly required: boolean
}

export type ParameterTable = Readonly<Record<string, ParameterType | Parameter>>

export const integer: ParameterType = { kind: 'integer' }
export const string: ParameterType = { kind: 'string' }
export const boolean: ParameterType = { kind: 'boolean' }
export const onlyTrue: ParameterType = { kind: 'true' }
/** An uploaded part, `attach://name` of one, or a file_id. */
export const file: ParameterType = { kind: 'file' }
/** Any JSON object. */
export const record: ParameterType = { kind: 'record' }
export const arrayOf = (of: ParameterType): ParameterType => ({ kind: 'array', of })
export const object = (name: string, fields: ParameterTable): ParameterType => ({
  kind: 'object',
  name,
  fields,
})
export const either = (...types: ParameterType[]): ParameterType => ({ kind: 'either', types })
export const required = (type: ParameterType): Parameter => ({ type, required: true })

export const parameterOf = (entry: ParameterType | Parameter): Parameter =>
  'required' in entry ? entry : { type: entry, required: false }

/** The first thing wrong with a value, or undefined. */
export function problemOf(type: ParameterType, value: unknown, at: string): string | undefined {
  switch (type.kind) {
    case 'integer':
      return Number.isSafeInteger(value) ? undefined : `${at} must be of type Integer`
    case 'float':
      return typeof value === 'number' ? undefined : `${at} must be of type Float`
    case 'boolean':
      return typeof value === 'boolean' ? undefined : `${at} must be of type Boolean`
    case 'true':
      return value === true ? undefined : `${at} must be True`
    case 'string':
    case 'file':
      return typeof value === 'string' ? undefined : `${at} must be of type String`
    case 'record':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
        ? undefined
        : `${at} must be an Object`
    case 'array':
      if (!Array.isArray(value)) return `${at} must be an Array`
      return firstOf(value, (item, index) => problemOf(type.of, item, `${at}[${index}]`))
    case 'object':
      return objectProblem(type.name, type.fields, value, at)
    case 'either':
      return eitherProblem(type.types, value, at)
  }
}

/** A form carries text: reads it as the type wants it, or leaves it for `problemOf` to refuse. */
export function fromText(type: ParameterType, text: string): unknown {
  switch (type.kind) {
    case 'string':
    case 'file':
      return text
    case 'integer':
      return /^-?\d+$/.test(text) ? Number(text) : text
    case 'float':
      return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text
    case 'boolean':
    case 'true':
      return /^(true|1)$/i.test(text) ? true : /^(false|0)$/i.test(text) ? false : text
    case 'either': {
      const readings = type.types.map((one) => ({ one, value: fromText(one, text) }))
      return (readings.find(({ one, value }) => !problemOf(one, value, '')) ?? readings[0])?.value
    }
    case 'array':
    case 'object':
    case 'record':
      try {
        return JSON.parse(text)
      } catch {
        return text
      }
  }
}

function objectProblem(name: string, fields: ParameterTable, value: unknown, at: string): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${at} must be a ${name}`
  const given = new Map(Object.entries(value).filter(([, item]) => item !== null))
  for (const [key, entry] of Object.entries(fields)) {
    if (parameterOf(entry).required && !given.has(key)) return `${at} lacks the field "${key}" of ${name}`
  }
  return firstOf([...given], ([key, item]) => {
    const entry = fields[key]
    if (!entry) return `${at} has a field "${key}" that ${name} does not have`
    return problemOf(parameterOf(entry).type, item, `${at}.${key}`)
  })
}

/** Names the problem of the type that shares most field names with the value, so that the refusal is about it. */
function eitherProblem(types: readonly ParameterType[], value: unknown, at: string): string | undefined {
  const problems = types.map((type) => problemOf(type, value, at))
  if (problems.some((problem) => problem === undefined)) return undefined
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : []
  const score = (type: ParameterType | undefined): number =>
    type?.kind === 'object' ? keys.filter((key) => key in type.fields).length : 0
  const best = types.reduce((left, right) => (score(right) > score(left) ? right : left))
  return problems[types.indexOf(best)]
}

function firstOf<T>(items: readonly T[], find: (item: T, index: number) => string | undefined) {
  for (const [index, item] of items.entries()) {
    const problem = find(item, index)
    if (problem !== undefined) return problem
  }
  return undefined
}
