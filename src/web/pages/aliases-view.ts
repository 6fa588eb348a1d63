import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ModelAlias } from '../../model/model-abilities.ts'
import type { RegisteredServer } from '../../ports/model-registry.ts'
import { aliasSchema, putAlias, removeAlias, targetLine, targetsFrom } from '../actions/aliases.ts'
import { offeredBy } from '../actions/models.ts'
import { invalid, type WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import { type App, sessionOf } from '../request.ts'
import { field, select } from './field.ts'
import { type Html, html } from './html.ts'
import { attempt, type FormValues, formValues, type PageContext } from './page-context.ts'
import { sendTo } from './send.ts'

const PATH = '/admin/models/aliases'

interface AliasesParts {
  readonly aliases: readonly ModelAlias[]
  readonly servers: readonly RegisteredServer[]
  readonly values: FormValues
  readonly error: (name: string) => string | undefined
}

export function aliasesView(context: PageContext, { aliases, servers, values, error }: AliasesParts): Html {
  const { t, mayChange, formToken } = context
  const names = [...aliases, ...offeredBy(servers)].map(({ name }) => name)
  const row = ({ name, targets, fallback }: ModelAlias) => html`<li><div>
<strong dir="auto">${name}</strong>
<ul class="tags">${targets.map((target) => html`<li>${targetLine(target, servers)}</li>`)}${fallback !== undefined && html`<li class="dim">${t('admin.aliases.fallback_to', { name: fallback })}</li>`}</ul></div>
${mayChange && html`<form method="post" action="${PATH}/remove">${formToken}<input type="hidden" name="name" value="${name}"><button class="small" aria-label="${t('admin.aliases.remove_one', { name })}">${t('admin.aliases.remove')}</button></form>`}</li>`
  return html`<section class="card stack" aria-labelledby="aliases-heading">
<h2 id="aliases-heading">${t('admin.aliases.title')}</h2>
<p class="hint">${t('admin.aliases.lead')}</p>
${aliases.length > 0 && html`<ul class="rows">${aliases.map(row)}</ul>`}
${
  mayChange &&
  html`<form method="post" action="${PATH}" class="stack narrow">${formToken}
${field({ name: 'alias', error: error('alias') ?? error('name'), label: t('admin.aliases.name'), control: (attributes) => html`<input${attributes} required maxlength="200" autocomplete="off" value="${values.alias ?? ''}">` })}
${field({
  name: 'targets',
  error: error('targets'),
  label: t('admin.aliases.targets'),
  hint: t('admin.aliases.targets_hint'),
  control: (attributes) => html`<textarea${attributes} rows="3" maxlength="5000" spellcheck="false">
${values.targets ?? ''}</textarea>`,
})}
${field({
  name: 'fallback',
  error: error('fallback'),
  label: t('admin.aliases.fallback'),
  control: (attributes) =>
    select(attributes, values.fallback ?? '', [
      { value: '', label: '–' },
      ...names.map((name) => ({ value: name, label: name })),
    ]),
})}
<div class="actions"><button class="primary">${t('admin.aliases.save')}</button></div>
</form>`
}
</section>`
}

export function addAliasForms(
  app: App,
  parts: WebParts,
  show: (
    request: FastifyRequest,
    reply: FastifyReply,
    tried: { readonly values: FormValues; readonly fault: WebFault },
  ) => Promise<FastifyReply>,
): void {
  app.post(PATH, async (request, reply) => {
    const values = formValues(request)
    const outcome = await attempt(async () => {
      const targets = targetsFrom(values.targets ?? '', await parts.registry.list())
      const given = { name: values.alias ?? '', targets, fallback: values.fallback || null }
      const parsed = aliasSchema.safeParse(given)
      if (!parsed.success) throw invalid(parsed.error.issues)
      return putAlias(parts, parsed.data, sessionOf(request).admin)
    })
    if (outcome.kind === 'refused') return show(request, reply, { values, fault: outcome.fault })
    return sendTo(reply, '/admin/models', 'saved')
  })

  app.post(`${PATH}/remove`, async (request, reply) => {
    await removeAlias(parts, formValues(request).name ?? '', sessionOf(request).admin)
    return sendTo(reply, '/admin/models', 'removed')
  })
}
