import type { WireRequest } from '../../faults.ts'
import { isObject } from '../block-kit.ts'
import type { Wire } from '../model.ts'
import type { ArgumentKind, MethodRules } from './method-table.ts'
import { invalidArguments, Refusal } from './refusal.ts'

/** The checked arguments of one call. */
export interface CallArguments {
  text(name: string): string | undefined
  /** For arguments the method table marks as required. */
  need(name: string): string
  flag(name: string): boolean
  integer(name: string): number | undefined
  json(name: string): unknown
}

/** Reads query, form and JSON bodies. Nested values of forms stay JSON text until `checkArguments`. */
export function readFields(request: WireRequest): { fields: Wire; isJson: boolean } {
  const query = new URLSearchParams(request.path.split('?')[1] ?? '')
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim() ?? ''
  const body = request.body.toString('utf8')
  if (body === '') return { fields: Object.fromEntries(query), isJson: false }
  if (type === 'application/x-www-form-urlencoded') {
    return {
      fields: { ...Object.fromEntries(query), ...Object.fromEntries(new URLSearchParams(body)) },
      isJson: false,
    }
  }
  if (type !== 'application/json') throw new Refusal('invalid_post_type')
  const parsed = parseJson(body)
  if (!isObject(parsed)) throw new Refusal('invalid_json')
  return { fields: { ...Object.fromEntries(query), ...parsed }, isJson: true }
}

/** Stricter than Slack, which ignores arguments it does not know. */
export function checkArguments(rules: MethodRules, fields: Wire): CallArguments {
  const faults: string[] = []
  const values = new Map<string, unknown>()
  for (const [name, { required }] of Object.entries(rules.args)) {
    const value = fields[name]
    if (required && (value === undefined || value === null)) faults.push(`missing required field: ${name}`)
  }
  for (const [name, value] of Object.entries(fields)) {
    if (name === 'token' || name === 'team_id') continue
    const rule = rules.args[name]
    if (!rule) faults.push(`unknown argument: ${name}`)
    else if (value !== null && value !== undefined) {
      const checked = convert(rule.kind, value)
      if (checked === undefined) faults.push(`invalid \`${name}\`: must be ${described(rule.kind)}`)
      else values.set(name, checked)
    }
  }
  if (faults.length > 0) throw invalidArguments(faults)
  return {
    text: (name) => stringOf(values.get(name)),
    need: (name) => stringOf(values.get(name)) ?? '',
    flag: (name) => values.get(name) === true,
    integer: (name) => {
      const value = values.get(name)
      return typeof value === 'number' ? value : undefined
    },
    json: (name) => values.get(name),
  }
}

function convert(kind: ArgumentKind, value: unknown): unknown {
  const text = typeof value === 'string' ? value : undefined
  switch (kind) {
    case 'string':
      return text ?? (typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined)
    case 'ts':
      return text !== undefined && /^\d{10}\.\d{6}$/.test(text) ? text : undefined
    case 'boolean':
      if (typeof value === 'boolean') return value
      if (text === undefined || !/^(true|false|1|0)$/i.test(text)) return undefined
      return /^(true|1)$/i.test(text)
    case 'integer': {
      const number = typeof value === 'number' ? value : Number(text || Number.NaN)
      return Number.isSafeInteger(number) ? number : undefined
    }
    case 'json':
      return text === undefined ? value : parseJson(text)
  }
}

function described(kind: ArgumentKind): string {
  if (kind === 'ts') return 'a timestamp like 1700000000.000100'
  return kind === 'json' ? 'JSON' : `a ${kind}`
}

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
