import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { credentialsSchema, type Gate, logIn } from '../actions/log-in.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import type { SessionCookie } from '../plugins/session-cookie.ts'
import { type App, sessionOf, visitorOf } from '../request.ts'
import { field } from './field.ts'
import { html, render } from './html.ts'
import { faultNote, plainLayout } from './layout.ts'
import { attempt, formValues, translator } from './page-context.ts'
import { sendTo } from './send.ts'

const nextQuery = z.object({ next: z.string().regex(/^\/admin(?:\/[a-z0-9-]+)*$/) })

export function addLogInPage(app: App, parts: WebParts, gate: Gate, cookie: SessionCookie): void {
  const open = { config: { access: 'door' } } as const

  const show = async (
    request: FastifyRequest,
    reply: FastifyReply,
    tried: { readonly email: string; readonly fault: WebFault } | undefined,
    next: string,
  ) => {
    const { language } = request
    const t = translator(parts, language)
    const body = html`<h1>${t('admin.login.title')}</h1>
${!(await parts.admins.any()) && html`<p class="notice">${t('admin.login.no_admin')}</p>`}
${faultNote(t, tried && parts.say(tried.fault.sentence, language))}
<form method="post" action="/admin/login" class="stack">
  <input type="hidden" name="next" value="${next}">
  ${field({
    name: 'email',
    label: t('admin.login.email'),
    control: (attributes) =>
      html`<input type="email"${attributes} autocomplete="username" required maxlength="200" value="${tried?.email ?? ''}" autofocus>`,
  })}
  ${field({
    name: 'password',
    label: t('admin.login.password'),
    control: (attributes) =>
      html`<input type="password"${attributes} autocomplete="current-password" required maxlength="1000">`,
  })}
  <button class="primary wide">${t('admin.login.submit')}</button>
</form>`
    if (tried?.fault.retryAfterMs !== undefined)
      reply.header('retry-after', Math.ceil(tried.fault.retryAfterMs / 1000))
    return reply
      .code(tried?.fault.status ?? 200)
      .type('text/html; charset=utf-8')
      .send(render(plainLayout(language, t('admin.login.title'), body)))
  }

  app.get('/admin/login', open, async (request, reply) => {
    if (request.session !== undefined) return sendTo(reply, '/admin')
    return show(request, reply, undefined, nextQuery.safeParse(request.query).data?.next ?? '/admin')
  })

  app.post('/admin/login', open, async (request, reply) => {
    const values = formValues(request)
    const next = nextQuery.safeParse(values).data?.next ?? '/admin'
    const outcome = await attempt(async () => {
      const { data } = credentialsSchema.safeParse(values)
      if (data === undefined) throw new WebFault('wrong_credentials')
      return logIn(parts, gate, data, visitorOf(request))
    })
    if (outcome.kind === 'refused') {
      return show(request, reply, { email: values.email ?? '', fault: outcome.fault }, next)
    }
    if (request.session !== undefined) await gate.live.revoke(request.session.admin.id, request.session.id)
    cookie.write(reply, outcome.value)
    return sendTo(reply, next)
  })

  app.post('/admin/logout', { config: { access: 'own' } }, async (request, reply) => {
    const { admin, id } = sessionOf(request)
    await gate.live.revoke(admin.id, id)
    cookie.clear(reply)
    return sendTo(reply, '/admin/login')
  })
}
