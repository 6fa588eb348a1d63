import type { Sentence } from '../model/sentence.ts'

/** A schema's issue, whichever way it came. */
export interface FieldIssue {
  readonly code?: string | undefined
  readonly path: readonly PropertyKey[]
  readonly keys?: readonly string[]
  readonly origin?: string
  readonly minimum?: number | bigint
  readonly maximum?: number | bigint
  readonly format?: string
  readonly values?: readonly unknown[]
  readonly expected?: string
}

/** What a person can do about it, in one sentence. */
export function fieldSentence(issue: FieldIssue): Sentence {
  const text = issue.origin === 'string'
  switch (issue.code) {
    case 'too_small':
      if (!text) return { key: 'admin.field.min', values: { min: Number(issue.minimum) } }
      if (Number(issue.minimum) <= 1) return { key: 'admin.field.required' }
      return { key: 'admin.field.too_short', values: { min: Number(issue.minimum) } }
    case 'too_big':
      return {
        key: text ? 'admin.field.too_long' : 'admin.field.max',
        values: { max: Number(issue.maximum) },
      }
    case 'custom':
      return { key: 'admin.field.base_url' }
    case 'unrecognized_keys':
      return { key: 'admin.field.unknown' }
    case 'invalid_format':
      return { key: issue.format === 'email' ? 'admin.field.email' : 'admin.field.format' }
    case 'invalid_value':
      return { key: 'admin.field.choice', values: { choices: (issue.values ?? []).join(', ') } }
    case 'invalid_type':
      if (issue.expected === 'int') return { key: 'admin.field.whole' }
      if (issue.expected === 'number') return { key: 'admin.field.number' }
      if (issue.expected === 'boolean') return { key: 'admin.field.boolean' }
      return { key: issue.expected === 'string' ? 'admin.field.required' : 'admin.field.format' }
    default:
      return { key: 'admin.field.format' }
  }
}
