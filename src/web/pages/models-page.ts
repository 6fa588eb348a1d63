import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { ServerId } from '../../model/ids.ts'
import type { RegisteredServer } from '../../ports/model-registry.ts'
import type { Gate } from '../actions/gate.ts'
import { addServer, newServerSchema, refreshServer, removeServer, shownAddress } from '../actions/models.ts'
import { invalid, type WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import { type App, sessionOf } from '../request.ts'
import { idOf } from '../routes/shapes.ts'
import { addAliasForms, aliasesView } from './aliases-view.ts'
import { choices, field } from './field.ts'
import { type Html, html } from './html.ts'
import { faultNote } from './layout.ts'
import { attempt, type FormValues, formValues, type PageContext, pageContext } from './page-context.ts'
import { sendPage, sendTo } from './send.ts'
import { serverBadge } from './state-badge.ts'
import { ago } from './time.ts'

const KIND_NAMES = { vllm: 'vLLM', llamacpp: 'llama.cpp', ollama: 'Ollama' } as const
const INPUTS = ['name', 'purpose', 'baseUrl', 'apiKey', 'defaultModel'] as const

interface Tried {
  readonly values: FormValues
  readonly fault: WebFault
}

export function addModelsPage(app: App, parts: WebParts, gate: Gate): void {
  const show = async (request: FastifyRequest, reply: FastifyReply, tried?: Tried) => {
    const context = pageContext(parts, gate, request)
    const { t, mayChange } = context
    const [servers, aliases] = await Promise.all([parts.registry.list(), parts.registry.aliases()])
    const error = (name: string) => {
      const sentence = tried?.fault.fields[name]
      return sentence && parts.say(sentence, request.language)
    }
    return sendPage(reply, context, {
      title: t('admin.nav.models'),
      path: '/admin/models',
      status: tried?.fault.status ?? 200,
      body: html`<h1>${t('admin.nav.models')}</h1>
<p class="lead">${t('admin.models.lead')}</p>
${faultNote(t, tried && parts.say(tried.fault.sentence, request.language))}
${
  servers.length === 0
    ? html`<div class="empty"><h2>${t('admin.models.empty')}</h2><p>${t('admin.models.empty_hint')}</p></div>`
    : html`<ul class="cards">${servers.map((server) => serverCard(context, server))}</ul>`
}
${aliasesView(context, { aliases, servers, values: tried?.values ?? {}, error })}
${mayChange && addForm(context, tried?.values ?? {}, error)}`,
    })
  }

  app.get('/admin/models', async (request, reply) => show(request, reply))

  addAliasForms(app, parts, show)

  app.post('/admin/models', async (request, reply) => {
    const values = formValues(request)
    const outcome = await attempt(async () => {
      const given = Object.fromEntries(INPUTS.map((name) => [name, values[name] ?? '']))
      const parsed = newServerSchema.safeParse(given)
      if (!parsed.success) throw invalid(parsed.error.issues)
      return addServer(parts, parsed.data, sessionOf(request).admin)
    })
    if (outcome.kind === 'refused') return show(request, reply, { values, fault: outcome.fault })
    return sendTo(reply, '/admin/models', 'added')
  })

  const one = { schema: { params: z.object({ id: idOf<ServerId>() }) } }
  app.post('/admin/models/:id/refresh', one, async (request, reply) => {
    await refreshServer(parts, request.params.id)
    return sendTo(reply, '/admin/models', 'refreshed')
  })
  app.post('/admin/models/:id/remove', one, async (request, reply) => {
    await removeServer(parts, request.params.id, sessionOf(request).admin)
    return sendTo(reply, '/admin/models', 'removed')
  })
}

function serverCard({ t, language, mayChange, formToken }: PageContext, server: RegisteredServer): Html {
  const { id, name, purpose, baseUrl, hasApiKey, source, state, stateDetail, checkedAt, models } = server
  const { kind, load } = server
  return html`<li class="card">
  <div class="card-head"><div><p class="eyebrow">${t(`admin.models.${purpose}`)}</p><h2 dir="auto"><a href="/admin/models/${id}">${name}</a></h2></div>${serverBadge(t, state)}</div>
  ${stateDetail !== undefined && html`<p class="detail" dir="auto">${stateDetail}</p>`}
  ${state === 'down' && html`<p>${t('admin.server.down_hint')}</p>`}
  ${models.length > 0 && html`<ul class="tags" aria-label="${t('admin.models.listed')}">${models.map((model) => html`<li>${model.name}${model.contextLength !== undefined && html` <span class="dim">${t('admin.models.context', { tokens: model.contextLength })}</span>`}</li>`)}</ul>`}
  <dl class="facts">
    <div><dt>${t('admin.models.baseUrl')}</dt><dd><code>${shownAddress(baseUrl)}</code></dd></div>
    <div><dt>${t('admin.models.apiKey')}</dt><dd>${t(hasApiKey ? 'admin.models.key_set' : 'admin.models.key_none')}</dd></div>
    ${checkedAt !== undefined && html`<div><dt>${t('admin.models.checked')}</dt><dd>${ago(checkedAt, language)}</dd></div>`}
    ${kind !== undefined && kind !== 'other' && html`<div><dt>${t('admin.models.kind')}</dt><dd>${KIND_NAMES[kind]}</dd></div>`}
    ${load !== undefined && html`<div><dt>${t('admin.models.running')}</dt><dd>${t('admin.models.load', { ...load, percent: load.cacheUse * 100 })}</dd></div>`}
    <div><dt>${t('admin.connections.source')}</dt><dd>${t(`admin.from.${source}`)}</dd></div>
  </dl>
  ${
    mayChange &&
    html`<div class="actions">
    <form method="post" action="/admin/models/${id}/refresh">${formToken}<button class="small" aria-label="${t('admin.models.refresh_one', { name })}">${t('admin.models.refresh')}</button></form>
    ${
      source === 'admin' &&
      html`<details class="confirm"><summary class="button small" aria-label="${t('admin.models.remove_one', { name })}">${t('admin.models.remove')}</summary>
      <form method="post" action="/admin/models/${id}/remove">${formToken}<p>${t('admin.models.remove_sure', { name })}</p><button class="danger small">${t('admin.models.remove_yes')}</button></form></details>`
    }
  </div>`
  }
</li>`
}

function addForm(
  { t, formToken }: PageContext,
  values: FormValues,
  error: (name: string) => string | undefined,
): Html {
  const input = (name: string) => ({ name, error: error(name) })
  return html`<section class="card stack narrow" aria-labelledby="add-heading">
<h2 id="add-heading">${t('admin.models.add')}</h2>
<form method="post" action="/admin/models" class="stack">${formToken}
${choices({
  name: 'purpose',
  label: t('admin.models.purpose'),
  chosen: values.purpose ?? 'chat',
  options: [
    { value: 'chat', label: t('admin.models.chat') },
    { value: 'speech', label: t('admin.models.speech') },
  ],
})}
<div class="pair">
${field({
  ...input('name'),
  label: t('admin.models.name'),
  hint: t('admin.models.name_hint'),
  control: (attributes) =>
    html`<input${attributes} required maxlength="100" autocomplete="off" value="${values.name ?? ''}">`,
})}
${field({
  ...input('baseUrl'),
  label: t('admin.models.baseUrl'),
  hint: t('admin.models.baseUrl_hint'),
  control: (attributes) =>
    html`<input type="url"${attributes} required maxlength="500" autocomplete="off" placeholder="http://gpu.example:8000/v1" value="${values.baseUrl ?? ''}">`,
})}
${field({
  ...input('apiKey'),
  label: t('admin.models.apiKey'),
  hint: t('admin.models.apiKey_hint'),
  control: (attributes) =>
    html`<input type="password"${attributes} maxlength="1000" autocomplete="off" data-1p-ignore>`,
})}
${field({
  ...input('defaultModel'),
  label: t('admin.models.defaultModel'),
  hint: t('admin.models.defaultModel_hint'),
  control: (attributes) =>
    html`<input${attributes} maxlength="200" autocomplete="off" value="${values.defaultModel ?? ''}">`,
})}
</div>
<div class="actions"><button class="primary">${t('admin.models.submit')}</button><span class="hint">${t('admin.models.submit_hint')}</span></div>
</form></section>`
}
