import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Gate } from '../actions/gate.ts'
import { credentialsSchema, finishLogIn, halfway, logIn } from '../actions/log-in.ts'
import { confirmSchema } from '../actions/second-factor.ts'
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

  /** The password is not sent to the page again: a token of a few minutes stands for it. */
  const askForCode = (
    { language }: FastifyRequest,
    reply: FastifyReply,
    { token, next, fault }: { readonly token: string; readonly next: string; readonly fault?: WebFault },
  ) => {
    const t = translator(parts, language)
    const body = html`<h1>${t('admin.second.halfway_title')}</h1>
<p class="lead">${t('admin.fault.code_required')}</p>
${faultNote(t, fault && parts.say(fault.sentence, language))}
<form method="post" action="/admin/login/code" class="stack">
  <input type="hidden" name="next" value="${next}">
  <input type="hidden" name="token" value="${token}">
  ${field({
    name: 'code',
    label: t('admin.second.code'),
    hint: t('admin.second.code_hint'),
    control: (attributes) =>
      html`<input${attributes} autocomplete="one-time-code" autocapitalize="off" required maxlength="40" autofocus>`,
  })}
  <button class="primary wide">${t('admin.second.submit')}</button>
  <p><a href="/admin/login">${t('admin.second.other')}</a></p>
</form>`
    return reply
      .code(fault?.status ?? 200)
      .type('text/html; charset=utf-8')
      .send(render(plainLayout(language, t('admin.second.halfway_title'), body)))
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
      const { fault } = outcome
      const { data } = credentialsSchema.safeParse(values)
      const token = fault.code === 'code_required' && data ? await halfway(parts, data) : undefined
      if (token !== undefined) return askForCode(request, reply, { token, next })
      return show(request, reply, { email: values.email ?? '', fault }, next)
    }
    if (request.session !== undefined) await gate.live.revoke(request.session.admin.id, request.session.id)
    cookie.write(reply, outcome.value)
    return sendTo(reply, next)
  })

  app.post('/admin/login/code', open, async (request, reply) => {
    const values = formValues(request)
    const token = values.token ?? ''
    const next = nextQuery.safeParse(values).data?.next ?? '/admin'
    const outcome = await attempt(async () => {
      const { data } = confirmSchema.safeParse(values)
      if (data === undefined) throw new WebFault('wrong_code')
      return finishLogIn(parts, gate, token, data.code, visitorOf(request))
    })
    if (outcome.kind === 'refused') {
      const { fault } = outcome
      if (fault.code === 'log_in_again') return show(request, reply, { email: '', fault }, next)
      return askForCode(request, reply, { token, next, fault })
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
