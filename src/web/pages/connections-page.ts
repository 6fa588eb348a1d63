import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { ConnectionId } from '../../model/ids.ts'
import type { Connection } from '../../ports/connection-store.ts'
import { setPaused } from '../actions/connections.ts'
import type { Gate } from '../actions/gate.ts'
import {
  CREDENTIALS,
  type KnownPlatform,
  removeConnection,
  replaceCredentials,
  replaceCredentialsSchema,
  testConnection,
} from '../actions/own-connections.ts'
import { invalid, WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import { type App, sessionOf } from '../request.ts'
import { idOf } from '../routes/shapes.ts'
import { credentialFields, credentialsIn } from './credential-fields.ts'
import { type Html, html } from './html.ts'
import { faultNote } from './layout.ts'
import { platformChoice } from './new-connection-page.ts'
import { attempt, formValues, type PageContext, pageContext } from './page-context.ts'
import { sendPage, sendTo } from './send.ts'
import { connectionBadge, platformName } from './state-badge.ts'
import { ago } from './time.ts'

export function addConnectionsPage(app: App, parts: WebParts, gate: Gate): void {
  const show = async (
    request: FastifyRequest,
    reply: FastifyReply,
    tried?: { readonly id: ConnectionId; readonly fault: WebFault },
  ) => {
    const context = pageContext(parts, gate, request)
    const { t, language } = context
    const list = await parts.connections.list()
    const errorsOf = (id: ConnectionId) => (name: string) => {
      const sentence = tried?.id === id ? tried.fault.fields[name] : undefined
      return sentence && parts.say(sentence, language)
    }
    return sendPage(reply, context, {
      status: tried?.fault.status ?? 200,
      title: t('admin.nav.connections'),
      path: '/admin/connections',
      body: html`<h1>${t('admin.nav.connections')}</h1>
<p class="lead">${t('admin.connections.lead')}</p>
${faultNote(t, tried && parts.say(tried.fault.sentence, language))}
${list.length === 0 ? noConnections(context) : html`<ul class="cards">${list.map((one) => connectionCard(context, one, errorsOf(one.id)))}</ul>`}
${context.mayChange && platformChoice(context)}`,
    })
  }

  app.get('/admin/connections', async (request, reply) => show(request, reply))

  const one = { schema: { params: z.object({ id: idOf<ConnectionId>() }) } }
  app.post('/admin/connections/:id/pause', one, async (request, reply) => {
    await setPaused(parts, request.params.id, true, sessionOf(request).admin)
    return sendTo(reply, '/admin/connections', 'paused')
  })
  app.post('/admin/connections/:id/resume', one, async (request, reply) => {
    await setPaused(parts, request.params.id, false, sessionOf(request).admin)
    return sendTo(reply, '/admin/connections', 'resumed')
  })
  app.post('/admin/connections/:id/test', one, async (request, reply) => {
    const { id } = request.params
    const outcome = await attempt(() => testConnection(parts, id))
    if (outcome.kind === 'refused') return show(request, reply, { id, fault: withDetail(outcome.fault) })
    return sendTo(reply, '/admin/connections', 'tested')
  })
  app.post('/admin/connections/:id/credentials', one, async (request, reply) => {
    const { id } = request.params
    const values = formValues(request)
    const outcome = await attempt(async () => {
      const known = (await parts.connections.list()).find((connection) => connection.id === id)
      if (known === undefined || !isKnown(known.platform)) throw new WebFault('not_found')
      const parsed = replaceCredentialsSchema.safeParse({
        credentials: credentialsIn(values, CREDENTIALS[known.platform], `${id}-`),
      })
      if (!parsed.success) throw invalid(parsed.error.issues)
      return replaceCredentials(parts, id, parsed.data, sessionOf(request).admin)
    })
    if (outcome.kind === 'refused') return show(request, reply, { id, fault: outcome.fault })
    return sendTo(reply, '/admin/connections', 'rotated')
  })
  app.post('/admin/connections/:id/remove', one, async (request, reply) => {
    await removeConnection(parts, request.params.id, sessionOf(request).admin)
    return sendTo(reply, '/admin/connections', 'connection_removed')
  })
}

export function noConnections({ t }: PageContext): Html {
  return html`<div class="empty"><h2>${t('admin.connections.empty')}</h2>
<p>${t('admin.connections.empty_hint')}</p>
<ul class="names">${['SLACK_BOT_TOKEN', 'DISCORD_TOKEN', 'TELEGRAM_BOT_TOKEN', 'MATRIX_HOMESERVER_URL'].map((name) => html`<li><code>${name}</code></li>`)}</ul></div>`
}

function isKnown(platform: string): platform is KnownPlatform {
  return Object.hasOwn(CREDENTIALS, platform)
}

/** Of a test there is no input to say it beside. */
function withDetail(fault: WebFault): WebFault {
  const [said] = Object.values(fault.fields)
  return said === undefined ? fault : Object.assign(fault, { sentence: said })
}

function ownForms(
  { t, formToken }: PageContext,
  { id, name, platform, source }: Connection,
  error: (name: string) => string | undefined,
): Html | false {
  if (source !== 'admin' || !isKnown(platform)) return false
  const failed = CREDENTIALS[platform].some((field) => error(field) !== undefined)
  return html`<details class="confirm"${failed && html` open`}><summary class="button small" aria-label="${t('admin.connections.rotate_one', { name })}">${t('admin.connections.rotate')}</summary>
<form method="post" action="/admin/connections/${id}/credentials" class="stack" autocomplete="off">${formToken}<p>${t('admin.connections.rotate_hint')}</p>${credentialFields(t, platform, { error, required: false, prefix: `${id}-` })}<button class="small">${t('admin.settings.save')}</button></form></details>
<details class="confirm"><summary class="button small" aria-label="${t('admin.connections.remove_one', { name })}">${t('admin.people.remove')}</summary>
<form method="post" action="/admin/connections/${id}/remove">${formToken}<p>${t('admin.connections.remove_sure')}</p><button class="danger small">${t('admin.people.remove_yes')}</button></form></details>`
}

function connectionCard(
  context: PageContext,
  connection: Connection,
  error: (name: string) => string | undefined,
): Html {
  const { t, language, mayChange, formToken } = context
  const { id, paused, name, platform, slug, state, stateDetail, stateAt, account, source } = connection
  return html`<li class="card">
  <div class="card-head"><div>${name !== platformName(platform) && html`<p class="eyebrow">${platformName(platform)}</p>`}<h2 dir="auto">${name}</h2></div>${connectionBadge(t, state)}</div>
  ${stateDetail !== undefined && html`<p class="detail" dir="auto">${stateDetail}</p>`}
  <p>${t(`admin.connection.${state}_hint`)}</p>
  <dl class="facts">
    ${account !== undefined && html`<div><dt>${t('admin.connections.account')}</dt><dd dir="auto">${account}</dd></div>`}
    <div><dt>${t('admin.connections.since')}</dt><dd>${ago(stateAt, language)}</dd></div>
    <div><dt>${t('admin.connections.slug')}</dt><dd><code>${slug}</code></dd></div>
    <div><dt>${t('admin.connections.source')}</dt><dd>${t(`admin.from.${source}`)}</dd></div>
  </dl>
  ${
    mayChange &&
    html`<div class="actions"><form method="post" action="/admin/connections/${id}/test">${formToken}<button class="small" aria-label="${t('admin.connections.test_one', { name })}">${t('admin.connections.test')}</button></form>${
      paused
        ? html`<form method="post" action="/admin/connections/${id}/resume">${formToken}<button class="small" aria-label="${t('admin.connections.resume_one', { name })}">${t('admin.connections.resume')}</button></form>`
        : html`<details class="confirm"><summary class="button small" aria-label="${t('admin.connections.pause_one', { name })}">${t('admin.connections.pause')}</summary>
    <form method="post" action="/admin/connections/${id}/pause">${formToken}<p>${t('admin.connections.pause_sure')}</p><button class="small">${t('admin.connections.pause_yes')}</button></form></details>`
    }${ownForms(context, connection, error)}</div>`
  }
</li>`
}
