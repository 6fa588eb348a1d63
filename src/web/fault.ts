import { HubError } from '../model/errors.ts'
import type { Sentence, SentenceKey } from '../model/sentence.ts'
import { type FieldIssue, fieldSentence } from './field-sentence.ts'

/** Every way in which the web refuses; the sentence is `admin.fault.<code>`. */
const STATUS = {
  malformed: 400,
  unauthenticated: 401,
  wrong_credentials: 401,
  code_required: 401,
  wrong_code: 401,
  log_in_again: 401,
  refresh_refused: 401,
  scope_missing: 403,
  forbidden: 403,
  cross_site: 403,
  owners_only: 403,
  not_yours: 403,
  /** Of the overview: workspace admins have another first page. */
  elsewhere: 403,
  setup_link: 403,
  join_link: 403,
  sign_in_link: 403,
  no_admin_there: 403,
  not_found: 404,
  name_taken: 409,
  email_taken: 409,
  last_owner: 409,
  not_yourself: 409,
  settled: 409,
  second_factor_there: 409,
  read_only: 409,
  too_large: 413,
  unsupported_media_type: 415,
  invalid: 422,
  unknown_place: 422,
  platform_refuses: 422,
  too_many_attempts: 429,
  internal: 500,
  busy: 503,
  platform_silent: 503,
  sign_in_unavailable: 503,
} as const

export type FaultCode = keyof typeof STATUS

export interface FaultDetails {
  /** By the name of the input. */
  readonly fields?: Readonly<Record<string, Sentence>>
  readonly retryAfterMs?: number
  readonly cause?: unknown
}

export class WebFault extends HubError {
  readonly status: number
  readonly fields: Readonly<Record<string, Sentence>>
  readonly retryAfterMs: number | undefined
  override readonly sentence: Sentence

  constructor(code: FaultCode, { fields = {}, retryAfterMs, cause }: FaultDetails = {}) {
    const key: SentenceKey = `admin.fault.${code}`
    super(code, code, { cause })
    this.name = 'WebFault'
    this.status = STATUS[code]
    this.fields = fields
    this.retryAfterMs = retryAfterMs
    this.sentence =
      retryAfterMs === undefined ? { key } : { key, values: { seconds: Math.ceil(retryAfterMs / 1000) } }
  }
}

/** Fastify's own errors, by their code, and those of the rooms behind. */
const TRANSLATED: Readonly<Record<string, FaultCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed',
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed',
  FST_ERR_BAD_URL: 'not_found',
  name_taken: 'name_taken',
  read_only: 'read_only',
}

interface FrameworkError {
  readonly code?: unknown
  readonly statusCode?: unknown
  readonly validation?: readonly {
    readonly keyword: string
    readonly instancePath: string
    readonly params: Readonly<Record<string, unknown>>
  }[]
  readonly validationContext?: string
}

export function asFault(error: unknown): WebFault {
  if (error instanceof WebFault) return error
  const { code, statusCode, validation, validationContext } = Object(error) as FrameworkError
  if (validation !== undefined) {
    if (validationContext === 'params') return new WebFault('not_found', { cause: error })
    return invalid(
      validation.map(({ keyword, instancePath, params }) => ({
        ...params,
        code: keyword,
        path: instancePath.split('/').filter(Boolean),
      })),
    )
  }
  const known = typeof code === 'string' ? TRANSLATED[code] : undefined
  if (known === 'name_taken') {
    return new WebFault(known, { cause: error, fields: { name: { key: 'admin.fault.name_taken' } } })
  }
  if (known !== undefined) return new WebFault(known, { cause: error })
  const clientError = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500
  return new WebFault(clientError ? 'malformed' : 'internal', { cause: error })
}

/** What a schema found wrong, each sentence beside its input. */
export function invalid(issues: readonly FieldIssue[]): WebFault {
  const fields: Record<string, Sentence> = {}
  for (const issue of issues) {
    const names = issue.code === 'unrecognized_keys' ? (issue.keys ?? []) : [issue.path.join('.')]
    for (const name of names) if (name !== '') fields[name] ??= fieldSentence(issue)
  }
  return new WebFault('invalid', { fields })
}
