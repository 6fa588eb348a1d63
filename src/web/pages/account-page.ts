import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { ApiTokenId, SessionId } from '../../model/ids.ts'
import { LANGUAGES } from '../../model/settings.ts'
import { API_SCOPES } from '../../ports/session-store.ts'
import { changeLanguage, changePassword, languageSchema, passwordChangeSchema } from '../actions/account.ts'
import { makeToken, newTokenSchema, revokeToken } from '../actions/api-tokens.ts'
import type { Gate } from '../actions/gate.ts'
import {
  confirm,
  confirmSchema,
  passwordOnlySchema,
  proposalOf,
  propose,
  removeSecondFactor,
  renewRecoveryCodes,
} from '../actions/second-factor.ts'
import { invalid, WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import type { SessionCookie } from '../plugins/session-cookie.ts'
import { type App, sessionOf, visitorOf } from '../request.ts'
import { idOf } from '../routes/shapes.ts'
import { apiTokensCard } from './api-tokens-card.ts'
import { field, select } from './field.ts'
import { html } from './html.ts'
import { faultNote } from './layout.ts'
import { attempt, type FormValues, formValues, pageContext } from './page-context.ts'
import { secondFactorCard } from './second-factor-card.ts'
import { sendPage, sendTo } from './send.ts'
import { ago } from './time.ts'

const own = { config: { access: 'own' } } as const
const PATH = '/admin/account'

interface Shown {
  /** Recovery codes and tokens are shown only once. */
  readonly codes?: readonly string[]
  readonly token?: string
  readonly values?: FormValues
}
type Show = (
  request: FastifyRequest,
  reply: FastifyReply,
  fault?: WebFault,
  shown?: Shown,
) => Promise<FastifyReply>

export function addAccountPage(app: App, parts: WebParts, gate: Gate, cookie: SessionCookie): void {
  const show = async (
    request: FastifyRequest,
    reply: FastifyReply,
    fault?: WebFault,
    { codes, token, values = {} }: Shown = {},
  ) => {
    const context = pageContext(parts, gate, request)
    const { t, admin, formToken, language } = context
    const current = sessionOf(request).id
    const [sessions, factor, tokens] = await Promise.all([
      parts.sessions.list(admin.id),
      parts.secondFactors.find(admin.id),
      parts.apiTokens.list(admin.id),
    ])
    const proposal = factor === undefined || factor.verified ? undefined : proposalOf(factor.secret, admin)
    const withPassword = admin.role !== 'workspace_admin'
    const error = (name: string) => {
      const sentence = fault?.fields[name]
      return sentence && parts.say(sentence, language)
    }
    return sendPage(reply, context, {
      title: t('admin.account.title'),
      path: PATH,
      status: fault?.status ?? 200,
      body: html`<h1>${t('admin.account.title')}</h1>
<p class="lead">${t('admin.account.lead', { email: admin.email, role: t(`admin.role.${admin.role}`) })}</p>
${faultNote(t, fault && parts.say(fault.sentence, language))}
<div class="narrow stack">
<form method="post" action="${PATH}/language" class="card stack">${formToken}
<h2>${t('admin.account.language')}</h2>
${field({
  name: 'language',
  label: t('admin.account.language_label'),
  control: (attributes) =>
    select(
      attributes,
      admin.language,
      LANGUAGES.map((value) => ({ value, label: t(`admin.language.${value}`) })),
    ),
})}
<div class="actions"><button>${t('admin.settings.save')}</button></div></form>
${
  withPassword &&
  html`<form method="post" action="${PATH}/password" class="card stack">${formToken}
<input type="hidden" name="username" autocomplete="username" value="${admin.email}">
<h2>${t('admin.account.password')}</h2>
${field({
  name: 'current',
  label: t('admin.account.current'),
  error: error('current'),
  control: (attributes) =>
    html`<input type="password"${attributes} required maxlength="1000" autocomplete="current-password">`,
})}
${field({
  name: 'password',
  label: t('admin.account.new'),
  hint: t('admin.setup.password_hint'),
  error: error('password'),
  control: (attributes) =>
    html`<input type="password"${attributes} required minlength="12" maxlength="200" autocomplete="new-password">`,
})}
<div class="actions"><button>${t('admin.account.change')}</button><span class="hint">${t('admin.account.change_hint')}</span></div></form>
${secondFactorCard(context, { factor, proposal, codes, error })}
${apiTokensCard(context, { tokens, made: token, values, error })}`
}
<section class="card"><h2>${t('admin.account.sessions')}</h2>
<ul class="rows">${sessions.map(
        ({ id, createdAt, userAgent, address }) => html`<li>
  <div><span class="clip" dir="auto">${userAgent ?? t('admin.account.unknown_agent')}</span><p class="dim">${address} · ${ago(createdAt, language)}</p></div>
  ${
    id === current
      ? html`<span class="source own">${t('admin.account.this_session')}</span>`
      : html`<form method="post" action="${PATH}/sessions/${id}/end">${formToken}<button class="small">${t('admin.account.end')}</button></form>`
  }</li>`,
      )}</ul></section>
</div>`,
    })
  }

  app.get(PATH, own, async (request, reply) => show(request, reply))

  app.post(`${PATH}/language`, own, async (request, reply) => {
    const { data } = languageSchema.safeParse(request.body)
    if (data === undefined) throw new WebFault('malformed')
    await changeLanguage(parts, gate, sessionOf(request).admin, data.language)
    return sendTo(reply, PATH, 'saved')
  })

  app.post(`${PATH}/password`, own, async (request, reply) => {
    const outcome = await attempt(async () => {
      const parsed = passwordChangeSchema.safeParse(formValues(request))
      if (!parsed.success) throw invalid(parsed.error.issues)
      return changePassword(parts, gate, sessionOf(request).admin, parsed.data, visitorOf(request))
    })
    if (outcome.kind === 'refused') return show(request, reply, outcome.fault)
    cookie.write(reply, outcome.value)
    return sendTo(reply, PATH, 'password')
  })

  addSecondFactorForms(app, parts, gate, show)
  addTokenForms(app, parts, gate, show)

  app.post(
    `${PATH}/sessions/:id/end`,
    { ...own, schema: { params: z.object({ id: idOf<SessionId>() }) } },
    async (request, reply) => {
      await gate.live.revoke(sessionOf(request).admin.id, request.params.id)
      return sendTo(reply, PATH, 'ended')
    },
  )
}

function addSecondFactorForms(app: App, parts: WebParts, gate: Gate, show: Show): void {
  const path = `${PATH}/second-factor`

  app.post(path, own, async (request, reply) => {
    const outcome = await attempt(() => propose(parts, sessionOf(request).admin))
    return outcome.kind === 'refused' ? show(request, reply, outcome.fault) : sendTo(reply, PATH)
  })

  app.post(`${path}/confirm`, own, async (request, reply) => {
    const outcome = await attempt(async () => {
      const parsed = confirmSchema.safeParse(formValues(request))
      if (!parsed.success) throw invalid(parsed.error.issues)
      return confirm(parts, gate, sessionOf(request).admin, parsed.data.code, visitorOf(request))
    })
    if (outcome.kind === 'refused') return show(request, reply, outcome.fault)
    return show(request, reply, undefined, { codes: outcome.value })
  })

  const withPassword = async (
    request: FastifyRequest,
    work: (current: string) => Promise<readonly string[]>,
  ) => {
    const outcome = await attempt(() => {
      const parsed = passwordOnlySchema.safeParse({ current: formValues(request).second_current })
      if (!parsed.success) throw invalid(parsed.error.issues)
      return work(parsed.data.current)
    })
    if (outcome.kind === 'done') return outcome
    const { current, ...others } = outcome.fault.fields
    const fields = current === undefined ? others : { ...others, second_current: current }
    return { kind: 'refused', fault: new WebFault('invalid', { fields }) } as const
  }

  app.post(`${path}/recovery-codes`, own, async (request, reply) => {
    const outcome = await withPassword(request, (current) =>
      renewRecoveryCodes(parts, gate, sessionOf(request).admin, current, visitorOf(request)),
    )
    if (outcome.kind === 'refused') return show(request, reply, outcome.fault)
    return show(request, reply, undefined, { codes: outcome.value })
  })

  app.post(`${path}/remove`, own, async (request, reply) => {
    const outcome = await withPassword(request, async (current) => {
      await removeSecondFactor(parts, gate, sessionOf(request).admin, current, visitorOf(request))
      return []
    })
    if (outcome.kind === 'refused') return show(request, reply, outcome.fault)
    return sendTo(reply, PATH, 'second_off')
  })
}

function addTokenForms(app: App, parts: WebParts, gate: Gate, show: Show): void {
  app.post(`${PATH}/tokens`, own, async (request, reply) => {
    const values = formValues(request)
    const outcome = await attempt(async () => {
      const days = (values.days ?? '').trim()
      const parsed = newTokenSchema.safeParse({
        name: values.name ?? '',
        scopes: API_SCOPES.filter((scope) => values[`scope-${scope}`] === 'on'),
        ...(days === '' ? {} : { days: Number(days) }),
      })
      if (!parsed.success) throw invalid(parsed.error.issues)
      return makeToken(parts, sessionOf(request).admin, parsed.data)
    })
    if (outcome.kind === 'refused') return show(request, reply, outcome.fault, { values })
    return show(request, reply, undefined, { token: outcome.value.token })
  })

  app.post(
    `${PATH}/tokens/:id/revoke`,
    { ...own, schema: { params: z.object({ id: idOf<ApiTokenId>() }) } },
    async (request, reply) => {
      await revokeToken(parts, gate, sessionOf(request).admin, request.params.id)
      return sendTo(reply, PATH, 'token_revoked')
    },
  )
}
