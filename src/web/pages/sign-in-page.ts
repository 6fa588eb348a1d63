import { z } from 'zod'
import type { Gate } from '../actions/gate.ts'
import { claimBehind, signIn } from '../actions/sign-in.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import type { SessionCookie } from '../plugins/session-cookie.ts'
import { type App, visitorOf } from '../request.ts'
import { html, render } from './html.ts'
import { plainLayout } from './layout.ts'
import { formValues, translator } from './page-context.ts'
import { sendTo } from './send.ts'
import { platformName } from './state-badge.ts'

const tokenQuery = z.object({ token: z.string().min(1).max(200) })

/** The one-time link that the bot gave in a chat. Opening it uses nothing up: chats look into links by themselves. */
export function addSignInPage(app: App, parts: WebParts, gate: Gate, cookie: SessionCookie): void {
  const open = { config: { access: 'door' } } as const

  app.get('/admin/sign-in', open, async (request, reply) => {
    const { data } = tokenQuery.safeParse(request.query)
    const claim = data && (await claimBehind(parts, data.token))
    if (claim === undefined) throw new WebFault('sign_in_link')
    const t = translator(parts, request.language)
    const { person, workspace, connection } = claim
    const where = {
      person: person.name,
      workspace: workspace.name,
      platform: platformName(connection.platform),
    }
    const body = html`<h1>${t('admin.sign_in.title')}</h1>
<p class="lead">${t('admin.sign_in.lead', where)}</p>
<form method="post" action="/admin/sign-in" class="stack">
  <input type="hidden" name="token" value="${data?.token ?? ''}">
  <button class="primary wide">${t('admin.sign_in.submit')}</button>
  <p class="hint">${t('admin.sign_in.hint')}</p>
</form>`
    return reply
      .type('text/html; charset=utf-8')
      .send(render(plainLayout(request.language, t('admin.sign_in.title'), body)))
  })

  app.post('/admin/sign-in', open, async (request, reply) => {
    const { token = '' } = formValues(request)
    const opened = await signIn(parts, gate, token, request.language, visitorOf(request))
    if (request.session !== undefined) await gate.live.revoke(request.session.admin.id, request.session.id)
    cookie.write(reply, opened)
    return sendTo(reply, '/admin/workspaces')
  })
}
