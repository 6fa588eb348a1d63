import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { SessionId } from '../../model/ids.ts'
import { LANGUAGES } from '../../model/settings.ts'
import { changeLanguage, changePassword, languageSchema, passwordChangeSchema } from '../actions/account.ts'
import type { Gate } from '../actions/log-in.ts'
import { invalid, WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import type { SessionCookie } from '../plugins/session-cookie.ts'
import { type App, sessionOf, visitorOf } from '../request.ts'
import { idOf } from '../routes/shapes.ts'
import { field, select } from './field.ts'
import { html } from './html.ts'
import { faultNote } from './layout.ts'
import { attempt, formValues, pageContext } from './page-context.ts'
import { sendPage, sendTo } from './send.ts'
import { ago } from './time.ts'

const own = { config: { access: 'own' } } as const
const PATH = '/admin/account'

export function addAccountPage(app: App, parts: WebParts, gate: Gate, cookie: SessionCookie): void {
  const show = async (request: FastifyRequest, reply: FastifyReply, fault?: WebFault) => {
    const context = pageContext(parts, gate, request)
    const { t, admin, formToken, language } = context
    const current = sessionOf(request).id
    const sessions = await parts.sessions.list(admin.id)
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
<form method="post" action="${PATH}/password" class="card stack">${formToken}
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

  app.get(PATH, async (request, reply) => show(request, reply))

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

  app.post(
    `${PATH}/sessions/:id/end`,
    { ...own, schema: { params: z.object({ id: idOf<SessionId>() }) } },
    async (request, reply) => {
      await gate.live.revoke(sessionOf(request).admin.id, request.params.id)
      return sendTo(reply, PATH, 'ended')
    },
  )
}
