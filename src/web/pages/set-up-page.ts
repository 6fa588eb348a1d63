import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Gate } from '../actions/gate.ts'
import { setUp, setupLinkOpen, setupSchema } from '../actions/set-up.ts'
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

/** The one-time link that the hub prints when it has no admin yet. */
export function addSetUpPage(app: App, parts: WebParts, gate: Gate, cookie: SessionCookie): void {
  const open = { config: { access: 'door' } } as const

  const show = (
    { language }: FastifyRequest,
    reply: FastifyReply,
    token: string,
    tried?: { readonly email: string; readonly fault: WebFault },
  ) => {
    const t = translator(parts, language)
    const error = (name: string) => {
      const sentence = tried?.fault.fields[name]
      return sentence && parts.say(sentence, language)
    }
    const body = html`<h1>${t('admin.setup.title')}</h1>
<p class="lead">${t('admin.setup.lead')}</p>
${faultNote(t, tried && parts.say(tried.fault.sentence, language))}
<form method="post" action="/admin/setup" class="stack">
  <input type="hidden" name="token" value="${token}">
  ${field({
    name: 'email',
    label: t('admin.login.email'),
    error: error('email'),
    control: (attributes) =>
      html`<input type="email"${attributes} autocomplete="username" required maxlength="200" value="${tried?.email ?? ''}" autofocus>`,
  })}
  ${field({
    name: 'password',
    label: t('admin.login.password'),
    hint: t('admin.setup.password_hint'),
    error: error('password'),
    control: (attributes) =>
      html`<input type="password"${attributes} autocomplete="new-password" required minlength="12" maxlength="200">`,
  })}
  <button class="primary wide">${t('admin.setup.submit')}</button>
</form>`
    return reply
      .code(tried?.fault.status ?? 200)
      .type('text/html; charset=utf-8')
      .send(render(plainLayout(language, t('admin.setup.title'), body)))
  }

  app.get('/admin/setup', open, async (request, reply) => {
    const { data } = tokenQuery.safeParse(request.query)
    if (data === undefined || !(await setupLinkOpen(parts.admins, data.token)))
      throw new WebFault('setup_link')
    return show(request, reply, data.token)
  })

  app.post('/admin/setup', open, async (request, reply) => {
    const values = formValues(request)
    const outcome = await attempt(async () => {
      const parsed = setupSchema.safeParse(values)
      if (!parsed.success) throw invalid(parsed.error.issues)
      return setUp(parts, gate, parsed.data, request.language, visitorOf(request))
    })
    if (outcome.kind === 'refused') {
      return show(request, reply, values.token ?? '', { email: values.email ?? '', fault: outcome.fault })
    }
    const { address, userAgent } = visitorOf(request)
    cookie.write(reply, await gate.live.open(outcome.value, userAgent, address))
    return sendTo(reply, '/admin', 'welcome')
  })
}
