import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Gate } from '../actions/gate.ts'
import { behindLink, join, joinSchema } from '../actions/people.ts'
import { invalid, WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import type { SessionCookie } from '../plugins/session-cookie.ts'
import { type App, visitorOf } from '../request.ts'
import { field } from './field.ts'
import { html, render } from './html.ts'
import { faultNote, plainLayout } from './layout.ts'
import { attempt, formValues, translator } from './page-context.ts'
import { sendTo } from './send.ts'

const tokenQuery = z.object({ token: z.string().min(1).max(200) })

/** The one-time link by which an admin chooses a password. */
export function addJoinPage(app: App, parts: WebParts, gate: Gate, cookie: SessionCookie): void {
  const open = { config: { access: 'door' } } as const

  const show = async ({ language }: FastifyRequest, reply: FastifyReply, token: string, fault?: WebFault) => {
    const member = await behindLink(parts, token)
    if (member === undefined) throw new WebFault('join_link')
    const t = translator(parts, language)
    const error = fault?.fields.password
    const body = html`<h1>${t('admin.join.title')}</h1>
<p class="lead">${t('admin.join.lead', { email: member.email, role: t(`admin.role.${member.role}`) })}</p>
${faultNote(t, fault && parts.say(fault.sentence, language))}
<form method="post" action="/admin/join" class="stack">
  <input type="hidden" name="token" value="${token}">
  <input type="hidden" name="username" autocomplete="username" value="${member.email}">
  ${field({
    name: 'password',
    label: t('admin.login.password'),
    hint: t('admin.setup.password_hint'),
    error: error && parts.say(error, language),
    control: (attributes) =>
      html`<input type="password"${attributes} autocomplete="new-password" required minlength="12" maxlength="200" autofocus>`,
  })}
  <button class="primary wide">${t('admin.join.submit')}</button>
</form>`
    return reply
      .code(fault?.status ?? 200)
      .type('text/html; charset=utf-8')
      .send(render(plainLayout(language, t('admin.join.title'), body)))
  }

  app.get('/admin/join', open, async (request, reply) => {
    const { data } = tokenQuery.safeParse(request.query)
    if (data === undefined) throw new WebFault('join_link')
    return show(request, reply, data.token)
  })

  app.post('/admin/join', open, async (request, reply) => {
    const values = formValues(request)
    const outcome = await attempt(async () => {
      const parsed = joinSchema.safeParse(values)
      if (!parsed.success) throw invalid(parsed.error.issues)
      return join(parts, gate, parsed.data, request.language, visitorOf(request))
    })
    if (outcome.kind === 'refused') return show(request, reply, values.token ?? '', outcome.fault)
    if (request.session !== undefined) await gate.live.revoke(request.session.admin.id, request.session.id)
    cookie.write(reply, outcome.value)
    return sendTo(reply, '/admin', 'joined')
  })
}
