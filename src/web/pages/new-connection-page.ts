import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Gate } from '../actions/gate.ts'
import {
  addConnection,
  CREDENTIALS,
  type KnownPlatform,
  newConnectionSchema,
  PLATFORMS,
} from '../actions/own-connections.ts'
import { invalid, type WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import { type App, sessionOf } from '../request.ts'
import { credentialFields, credentialsIn } from './credential-fields.ts'
import { field } from './field.ts'
import { type Html, html } from './html.ts'
import { faultNote } from './layout.ts'
import { attempt, type FormValues, formValues, type PageContext, pageContext } from './page-context.ts'
import { sendPage, sendTo } from './send.ts'
import { slackManifest } from './slack-manifest.ts'
import { platformName } from './state-badge.ts'

const STEPS = { slack: 4, discord: 4, telegram: 2, matrix: 2 } as const
const params = z.object({ platform: z.enum(PLATFORMS) })

/** Where to get what a platform asks for, step by step, and a form for it. */
export function addNewConnectionPage(app: App, parts: WebParts, gate: Gate): void {
  const show = async (
    request: FastifyRequest,
    reply: FastifyReply,
    platform: KnownPlatform,
    tried?: { readonly values: FormValues; readonly fault: WebFault },
  ) => {
    const context = pageContext(parts, gate, request)
    const { t, language, formToken } = context
    const error = (name: string) => {
      const sentence = tried?.fault.fields[name]
      return sentence && parts.say(sentence, language)
    }
    const label = platformName(platform)
    return sendPage(reply, context, {
      title: t('admin.connect.title', { platform: label }),
      path: '/admin/connections',
      status: tried?.fault.status ?? 200,
      body: html`<nav class="trail" aria-label="${t('admin.nav.trail')}"><a href="/admin/connections">${t('admin.nav.connections')}</a></nav>
<h1>${t('admin.connect.title', { platform: label })}</h1>
${faultNote(t, tried && parts.say(tried.fault.sentence, language))}
<div class="narrow stack">
<section class="card stack" aria-labelledby="steps-heading"><h2 id="steps-heading">${t('admin.connect.steps')}</h2>${steps(context, platform)}</section>
<form method="post" action="/admin/connections/new/${platform}" class="card stack" autocomplete="off">${formToken}
${field({
  name: 'name',
  label: t('admin.connect.name'),
  error: error('name'),
  control: (attributes) =>
    html`<input${attributes} required maxlength="100" value="${tried?.values.name ?? label}">`,
})}
${credentialFields(t, platform, { error, required: true })}
<div class="actions"><button class="primary">${t('admin.connect.submit')}</button><span class="hint">${t('admin.connect.hint')}</span></div></form></div>`,
    })
  }

  app.get('/admin/connections/new/:platform', { schema: { params } }, async (request, reply) =>
    show(request, reply, request.params.platform),
  )
  app.post('/admin/connections/new/:platform', { schema: { params } }, async (request, reply) => {
    const { platform } = request.params
    const values = formValues(request)
    const outcome = await attempt(async () => {
      const parsed = newConnectionSchema.safeParse({
        platform,
        name: values.name ?? '',
        credentials: credentialsIn(values, CREDENTIALS[platform]),
      })
      if (!parsed.success) throw invalid(parsed.error.issues)
      return addConnection(parts, parsed.data, sessionOf(request).admin)
    })
    if (outcome.kind === 'refused') return show(request, reply, platform, { values, fault: outcome.fault })
    return sendTo(reply, '/admin/connections', 'connected')
  })
}

export function platformChoice({ t }: PageContext): Html {
  return html`<section class="card stack" aria-labelledby="connect-heading"><h2 id="connect-heading">${t('admin.connect.heading')}</h2><div class="actions">${PLATFORMS.map((platform) => html`<a class="button" href="/admin/connections/new/${platform}">${platformName(platform)}</a>`)}</div></section>`
}

function steps({ t }: PageContext, platform: KnownPlatform): Html {
  const numbers = Array.from({ length: STEPS[platform] }, (_, index) => index + 1)
  return html`<ol class="steps">${numbers.map(
    (number) =>
      html`<li>${t(`admin.connect.${platform}_${number}` as 'admin.connect.slack_1')}${
        platform === 'slack' &&
        number === 1 &&
        html`<label class="sr" for="manifest">${t('admin.connect.manifest')}</label><textarea id="manifest" readonly rows="8" data-select spellcheck="false">
${slackManifest(t)}</textarea>`
      }</li>`,
  )}</ol>`
}
