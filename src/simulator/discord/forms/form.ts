import { z } from 'zod'
import { type FormProblem, invalidForm } from '../api-error.ts'

/** Reads a body against its form, or throws 50035 with every problem in Discord's words. */
export function readForm<Output>(form: z.ZodType<Output>, body: unknown): Output {
  const parsed = form.safeParse(body ?? {})
  if (parsed.success) return parsed.data
  throw invalidForm(parsed.error.issues.flatMap((issue) => toProblems(issue, body, [])))
}

export const snowflake = z.string().regex(/^(0|[1-9]\d{0,18})$/)

/** Text whose length Discord counts in code points, not UTF-16 units. */
export function text(limits: { readonly min?: number; readonly max: number }) {
  const { min = 0, max } = limits
  return z.string().superRefine((value, context) => {
    const length = [...value].length
    if (length >= min && length <= max) return
    const short = min > 0 && length < min
    context.addIssue({
      code: 'custom',
      message:
        min > 0 ? `Must be between ${min} and ${max} in length.` : `Must be ${max} or fewer in length.`,
      params: { discord: min > 0 || short ? 'BASE_TYPE_BAD_LENGTH' : 'BASE_TYPE_MAX_LENGTH' },
    })
  })
}

export function problem(code: string, message: string, path: (string | number)[] = []) {
  return { code: 'custom', message, path, params: { discord: code } } as const
}

function toProblems(issue: z.core.$ZodIssue, body: unknown, prefix: readonly PropertyKey[]): FormProblem[] {
  const path = [...prefix, ...issue.path].map((key) => (typeof key === 'symbol' ? String(key) : key))
  const one = (code: string, message: string): FormProblem[] => [{ path, code, message }]
  const value = valueAt(body, path)
  const missing = value === undefined || value === null
  switch (issue.code) {
    case 'custom':
      return one(String(issue.params?.discord ?? 'BASE_TYPE_INVALID'), issue.message)
    case 'unrecognized_keys':
      // The real API ignores these; refusing them finds misspelt ones.
      return issue.keys.map((key) => ({
        path: [...path, key],
        code: 'UNKNOWN_PROPERTY',
        message: `Unknown property "${key}".`,
      }))
    case 'invalid_type':
      if (missing) return one('BASE_TYPE_REQUIRED', 'This field is required')
      return one(
        `${issue.expected.toUpperCase()}_TYPE_CONVERT`,
        `Could not interpret value as ${issue.expected}.`,
      )
    case 'too_big':
      return one('BASE_TYPE_MAX_LENGTH', `Must be ${issue.maximum} or fewer in length.`)
    case 'too_small':
      return one('BASE_TYPE_MIN_LENGTH', `Must be ${issue.minimum} or more in length.`)
    case 'invalid_format':
      return one('STRING_TYPE_REGEX', 'String value did not match validation regex.')
    case 'invalid_union': {
      const [branch] = [...issue.errors].sort((left, right) => depth(right) - depth(left))
      if (missing) return one('BASE_TYPE_REQUIRED', 'This field is required')
      if (!branch || branch.length === 0)
        return one(
          'UNION_TYPE_CHOICES',
          `Value of type ${issue.discriminator ?? 'union'} is not allowed here.`,
        )
      return branch.flatMap((inner) => toProblems(inner, body, path))
    }
    default:
      return one('BASE_TYPE_CHOICES', missing ? 'This field is required' : issue.message)
  }
}

function depth(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(0, ...issues.map((issue) => issue.path.length))
}

function valueAt(body: unknown, path: readonly (string | number)[]): unknown {
  let value = body
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Reflect.get(value, key)
  }
  return value
}
