import { z } from 'zod'
import type { ServerId } from '../../model/ids.ts'
import type { ModelAbilities } from '../../model/model-abilities.ts'
import type { RegisteredServer, ServerHealth } from '../../ports/model-registry.ts'
import { changeServer, describeModel, modelFactsSchema, serverChangeSchema } from '../actions/aliases.ts'
import type { Gate } from '../actions/gate.ts'
import { invalid, WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import { type App, sessionOf } from '../request.ts'
import { idOf } from '../routes/shapes.ts'
import { choices, field } from './field.ts'
import { type Content, type Html, html } from './html.ts'
import { type FormValues, formValues, type PageContext, pageContext } from './page-context.ts'
import { count, duration } from './quantity.ts'
import { sendPage, sendTo } from './send.ts'
import { serverBadge } from './state-badge.ts'
import { clock } from './time.ts'

const SWITCHES = ['vision', 'tools', 'reasoning'] as const
const NUMBERS = ['contextLength', 'maxOutputTokens'] as const

/** How a server is, why it failed, and what may be said of it. */
export function addServerPage(app: App, parts: WebParts, gate: Gate): void {
  const one = { schema: { params: z.object({ id: idOf<ServerId>() }) } }

  app.get('/admin/models/:id', one, async (request, reply) => {
    const { id } = request.params
    const context = pageContext(parts, gate, request)
    const { t } = context
    const server = (await parts.registry.list()).find((each) => each.id === id)
    if (server === undefined) throw new WebFault('not_found')
    const [health, facts] = await Promise.all([parts.registry.health(id), parts.registry.facts()])
    return sendPage(reply, context, {
      title: t('admin.server.title', { name: server.name }),
      path: '/admin/models',
      body: html`<nav class="trail" aria-label="${t('admin.nav.trail')}"><a href="/admin/models">${t('admin.nav.models')}</a></nav>
<h1 dir="auto">${server.name} ${serverBadge(t, server.state)}</h1>
<p class="lead">${t('admin.server.lead')}</p>
${server.stateDetail !== undefined && html`<p class="detail" dir="auto">${server.stateDetail}</p>`}
${figures(context, server, health)}
${faults(context, health)}
${server.purpose === 'chat' && limits(context, server)}
${server.models.length > 0 && abilities(context, server, facts)}`,
    })
  })

  app.post('/admin/models/:id', one, async (request, reply) => {
    const values = formValues(request)
    const given = (values.concurrency ?? '').trim()
    const parsed = serverChangeSchema.safeParse({
      concurrency: given === '' ? null : Number(given),
      priorities: values.priorities === 'true',
    })
    if (!parsed.success) throw invalid(parsed.error.issues)
    await changeServer(parts, request.params.id, parsed.data, sessionOf(request).admin)
    return sendTo(reply, `/admin/models/${request.params.id}`, 'saved')
  })

  app.post('/admin/models/:id/abilities', one, async (request, reply) => {
    const values = formValues(request)
    const parsed = modelFactsSchema.safeParse({ model: values.model, abilities: abilitiesFrom(values) })
    if (!parsed.success) throw invalid(parsed.error.issues)
    await describeModel(parts, parsed.data, sessionOf(request).admin)
    return sendTo(reply, `/admin/models/${request.params.id}`, 'saved')
  })
}

function abilitiesFrom(values: FormValues): ModelAbilities {
  const switched = SWITCHES.filter((name) => values[name] === 'true' || values[name] === 'false')
  const numbered = NUMBERS.filter((name) => (values[name] ?? '').trim() !== '')
  return {
    ...Object.fromEntries(switched.map((name) => [name, values[name] === 'true'])),
    ...Object.fromEntries(numbered.map((name) => [name, Number(values[name])])),
  }
}

function figures({ t, language }: PageContext, { load }: RegisteredServer, health: ServerHealth): Html {
  const { calls, failed, firstTokenMs, tokensPerSecond, running } = health
  const said =
    load === undefined
      ? t('admin.server.no_load')
      : t('admin.server.running_detail', {
          load: t('admin.models.load', { ...load, percent: load.cacheUse * 100 }),
        })
  const tile = (figure: string, name: string, detail: string, bad = false) =>
    html`<li><div class="tile"><span class="figure${bad && ' bad'}">${figure}</span><span class="figure-name">${name}</span><span class="dim">${detail}</span></div></li>`
  return html`<ul class="figures">
${tile(count(calls, language), t('admin.server.calls'), t('admin.server.failed', { count: failed }), failed > 0)}
${tile(firstTokenMs ? duration(firstTokenMs.median, language) : '–', t('admin.server.first_token'), firstTokenMs ? t('admin.server.slow', { time: duration(firstTokenMs.slow, language) }) : '')}
${tile(tokensPerSecond === undefined ? '–' : t('admin.server.pace_value', { tokens: Math.round(tokensPerSecond) }), t('admin.server.pace'), t('admin.server.pace_detail'))}
${tile(count(running, language), t('admin.server.running'), said)}
</ul>`
}

function faults({ t, language }: PageContext, health: ServerHealth): Html {
  return html`<section class="card"><h2>${t('admin.server.faults')}</h2>
${
  health.faults.length === 0
    ? html`<p class="hint">${t('admin.server.no_faults')}</p>`
    : html`<ol class="log">${health.faults.map(
        ({ at, code, detail, model, messageId }) =>
          html`<li><p>${clock(at, language)} <strong>${code}</strong>${model !== undefined && html` <span class="dim">${model}</span>`}</p><p class="detail" dir="auto">${detail}</p>${messageId !== undefined && html`<p><a href="/admin/messages/${messageId}">${t('admin.server.see')}</a></p>`}</li>`,
      )}</ol>`
}</section>`
}

function limits({ t, mayChange, formToken }: PageContext, server: RegisteredServer): Html {
  return html`<section class="card stack narrow"><h2>${t('admin.server.limits')}</h2>
<form method="post" action="/admin/models/${server.id}" class="stack">${formToken}<fieldset class="bare stack"${!mayChange && html` disabled`}>
${field({ name: 'concurrency', label: t('admin.server.concurrency'), hint: t('admin.server.concurrency_hint'), control: (attributes) => html`<input${attributes} inputmode="numeric" autocomplete="off" value="${server.concurrency ?? ''}">` })}
${choices({
  name: 'priorities',
  label: t('admin.server.priorities'),
  hint: t('admin.server.priorities_hint'),
  chosen: String(server.priorities),
  options: [
    { value: 'false', label: t('admin.server.no') },
    { value: 'true', label: t('admin.server.yes') },
  ],
})}
${mayChange && html`<div class="actions"><button class="primary">${t('admin.server.save')}</button></div>`}
</fieldset></form></section>`
}

function abilities(
  context: PageContext,
  server: RegisteredServer,
  facts: ReadonlyMap<string, ModelAbilities>,
): Html {
  const { t, mayChange, formToken } = context
  return html`<section class="card stack"><h2>${t('admin.server.abilities')}</h2>
<p class="hint">${t('admin.server.abilities_hint')}</p>
${server.models.map(({ name, contextLength, abilities: listed = {} }, index) => {
  const detected: ModelAbilities = { ...listed, ...(contextLength === undefined ? {} : { contextLength }) }
  const own = facts.get(name) ?? {}
  return html`<details${index === 0 && html` open`}><summary dir="auto">${name}</summary>
<form method="post" action="/admin/models/${server.id}/abilities" class="stack">${formToken}<input type="hidden" name="model" value="${name}"><fieldset class="bare stack"${!mayChange && html` disabled`}>
<div class="pair">${SWITCHES.map((ability) => switchOf(context, ability, own[ability], detected[ability]))}${NUMBERS.map((ability) => numberOf(context, ability, own[ability], detected[ability]))}</div>
${mayChange && html`<div class="actions"><button class="small">${t('admin.server.save')}</button></div>`}</fieldset></form></details>`
})}
</section>`
}

function switchOf(
  { t }: PageContext,
  name: (typeof SWITCHES)[number],
  own: boolean | undefined,
  detected: boolean | undefined,
): Content {
  const words =
    detected === undefined ? t('admin.server.unknown') : t(detected ? 'admin.server.yes' : 'admin.server.no')
  return choices({
    name,
    label: t(`admin.server.${name}`),
    chosen: own === undefined ? '' : String(own),
    options: [
      { value: '', label: t('admin.server.detected', { value: words }) },
      { value: 'true', label: t('admin.server.yes') },
      { value: 'false', label: t('admin.server.no') },
    ],
  })
}

function numberOf(
  { t }: PageContext,
  name: (typeof NUMBERS)[number],
  own: number | undefined,
  detected: number | undefined,
): Content {
  const words = detected === undefined ? t('admin.server.unknown') : String(detected)
  return field({
    name,
    label: t(`admin.server.${name}`),
    control: (attributes) =>
      html`<input${attributes} inputmode="numeric" autocomplete="off" placeholder="${t('admin.server.detected', { value: words })}" value="${own ?? ''}">`,
  })
}
