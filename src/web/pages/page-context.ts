import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { SentenceKey } from '../../model/sentence.ts'
import type { Language } from '../../model/settings.ts'
import type { Admin } from '../../ports/admin-store.ts'
import type { Gate } from '../actions/gate.ts'
import { asFault, type WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import { sessionOf } from '../request.ts'
import { type Html, html } from './html.ts'

export type Translate = (key: SentenceKey, values?: Readonly<Record<string, string | number>>) => string

/** What every page of a logged-in admin knows. */
export interface PageContext {
  readonly t: Translate
  readonly language: Language
  readonly admin: Admin
  readonly mayChange: boolean
  /** The hidden input that each form needs. */
  readonly formToken: Html
  readonly notice: string | undefined
  /** ISO 4217. */
  readonly currency: string
}

const NOTICES = {
  saved: 'admin.notice.saved',
  reset: 'admin.notice.reset',
  added: 'admin.notice.added',
  removed: 'admin.notice.removed',
  refreshed: 'admin.notice.refreshed',
  welcome: 'admin.notice.welcome',
  password: 'admin.notice.password',
  ended: 'admin.notice.ended',
  joined: 'admin.notice.joined',
  person_removed: 'admin.notice.person_removed',
  retried: 'admin.notice.retried',
  discarded: 'admin.notice.discarded',
  paused: 'admin.notice.paused',
  resumed: 'admin.notice.resumed',
  connected: 'admin.notice.connected',
  rotated: 'admin.notice.rotated',
  connection_removed: 'admin.notice.connection_removed',
  tested: 'admin.notice.tested',
  undone: 'admin.notice.undone',
  second_off: 'admin.notice.second_off',
  token_revoked: 'admin.notice.token_revoked',
} as const satisfies Record<string, SentenceKey>
export type Notice = keyof typeof NOTICES

const noticeQuery = z.object({ notice: z.enum(Object.keys(NOTICES) as Notice[]) })

export function translator({ say }: Pick<WebParts, 'say'>, language: Language): Translate {
  return (key, values) => say(values === undefined ? { key } : { key, values }, language)
}

export function pageContext(parts: WebParts, gate: Gate, request: FastifyRequest): PageContext {
  const { id, admin } = sessionOf(request)
  const t = translator(parts, request.language)
  const { data } = noticeQuery.safeParse(request.query)
  return {
    t,
    language: request.language,
    admin,
    mayChange: admin.role !== 'viewer',
    formToken: html`<input type="hidden" name="_csrf" value="${gate.live.formToken(id)}">`,
    notice: data && t(NOTICES[data.notice]),
    currency: parts.currency,
  }
}

export type FormValues = Readonly<Record<string, string>>

/** Of inputs that came several times, the last. */
export function formValues({ body }: FastifyRequest): FormValues {
  return Object.fromEntries(
    Object.entries(Object(body) as Record<string, unknown>)
      .map(([name, value]) => [name, Array.isArray(value) ? value.at(-1) : value])
      .filter(([, value]) => typeof value === 'string'),
  ) as FormValues
}

export type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'refused'; readonly fault: WebFault }

/** What a form can show beside its inputs; anything worse is thrown on. */
export async function attempt<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { kind: 'done', value: await work() }
  } catch (error) {
    const fault = asFault(error)
    if (fault.status >= 500 || fault.status === 404 || fault.status === 403) throw error
    return { kind: 'refused', fault }
  }
}
