import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { ChannelId, PersonId, WorkspaceId } from '../../model/ids.ts'
import type { SettingsPlace } from '../../ports/settings-store.ts'
import type { Gate } from '../actions/gate.ts'
import { automaticModel, offeredBy } from '../actions/models.ts'
import { changeCeilings, changeSettings, readSettings } from '../actions/settings.ts'
import { settingsHistory, undoSchema, undoSettings } from '../actions/settings-history.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import { type App, sessionOf } from '../request.ts'
import { idOf } from '../routes/shapes.ts'
import { ceilingsForm, ceilingsFromForm } from './ceilings-form.ts'
import { type Content, html } from './html.ts'
import { faultNote } from './layout.ts'
import { attempt, type FormValues, formValues, pageContext } from './page-context.ts'
import { channelHeading, channelName, workspaceHeading, workspaceLinks } from './place-headings.ts'
import { sendPage, sendTo } from './send.ts'
import { settingsForm } from './settings-form.ts'
import { patchFromForm, SETTING_NAMES } from './settings-form-values.ts'
import { settingsHistoryCard } from './settings-history-card.ts'

/** A place with settings, as its page shows it. */
interface Screen {
  readonly place: SettingsPlace
  readonly action: string
  readonly section: string
  readonly title: string
  readonly heading: Content
  readonly aside?: Content
}

const HISTORY = 10
const resetSchema = z.object({ setting: z.enum(SETTING_NAMES) })

export function addSettingsPages(app: App, parts: WebParts, gate: Gate): void {
  const show = async (
    request: FastifyRequest,
    reply: FastifyReply,
    screen: Screen,
    tried?: { readonly values: FormValues; readonly fault: WebFault },
  ) => {
    const context = pageContext(parts, gate, request)
    const { place, action, section, title, heading, aside } = screen
    const view = await readSettings(parts, place)
    const servers = await parts.registry.list()
    const history = await settingsHistory(parts, place, HISTORY)
    const offered = offeredBy(servers)
    const words = Object.entries(tried?.fault.fields ?? {}).map(([name, sentence]) => [
      name,
      parts.say(sentence, request.language),
    ])
    const form = settingsForm(context, {
      action,
      scope: place.scope,
      view,
      models: offered,
      aliases: await parts.registry.aliases(),
      automatic: automaticModel(servers),
      ...(tried === undefined ? {} : { tried: { values: tried.values, errors: Object.fromEntries(words) } }),
    })
    return sendPage(reply, context, {
      title,
      path: section,
      status: tried?.fault.status ?? 200,
      body: html`${heading}
${faultNote(context.t, tried && parts.say(tried.fault.sentence, request.language))}
<div class="${aside === undefined ? 'narrow' : 'split'}"><div class="stack">${form}${place.scope === 'hub' && ceilingsForm(context, await parts.settings.ceilings(), offered)}${settingsHistoryCard(context, action, history)}</div>${aside !== undefined && html`<aside class="stack">${aside}</aside>`}</div>`,
    })
  }

  const save = async (request: FastifyRequest, reply: FastifyReply, screen: Screen) => {
    const values = formValues(request)
    const outcome = await attempt(async () =>
      changeSettings(parts, screen.place, patchFromForm(values), sessionOf(request).admin),
    )
    if (outcome.kind === 'refused') return show(request, reply, screen, { values, fault: outcome.fault })
    return sendTo(reply, screen.action, 'saved')
  }

  const undo = async (request: FastifyRequest, reply: FastifyReply, screen: Screen) => {
    const { data } = undoSchema.safeParse(request.body)
    if (data === undefined) throw new WebFault('malformed')
    const outcome = await attempt(() => undoSettings(parts, screen.place, data.seq, sessionOf(request).admin))
    if (outcome.kind === 'refused') return show(request, reply, screen, { values: {}, fault: outcome.fault })
    return sendTo(reply, screen.action, 'undone')
  }

  const reset = async (request: FastifyRequest, reply: FastifyReply, { place, action }: Screen) => {
    const { data } = resetSchema.safeParse(request.body)
    if (data === undefined) throw new WebFault('malformed')
    await changeSettings(parts, place, { [data.setting]: null }, sessionOf(request).admin)
    return sendTo(reply, action, 'reset')
  }

  const hub = ({ language }: FastifyRequest): Screen => {
    const say = (key: 'admin.hub.title' | 'admin.hub.lead') => parts.say({ key }, language)
    return {
      place: { scope: 'hub' },
      action: '/admin/settings',
      section: '/admin/settings',
      title: say('admin.hub.title'),
      heading: html`<h1>${say('admin.hub.title')}</h1><p class="lead">${say('admin.hub.lead')}</p>`,
    }
  }

  const workspace = async (request: FastifyRequest, id: WorkspaceId): Promise<Screen> => {
    const found = await parts.workspaces.find(id)
    if (found === undefined) throw new WebFault('not_found')
    const channels = await parts.workspaces.channels(id, { limit: 50 })
    const context = pageContext(parts, gate, request)
    return {
      place: { scope: 'workspace', id },
      action: `/admin/workspaces/${id}`,
      section: '/admin/workspaces',
      title: found.name,
      heading: workspaceHeading(context, found),
      aside: workspaceLinks(context, found, channels),
    }
  }

  const channel = async (request: FastifyRequest, id: ChannelId): Promise<Screen> => {
    const found = await parts.workspaces.channel(id)
    const above = found && (await parts.workspaces.find(found.workspaceId))
    if (found === undefined || above === undefined) throw new WebFault('not_found')
    const context = pageContext(parts, gate, request)
    return {
      place: { scope: 'channel', id },
      action: `/admin/channels/${id}`,
      section: '/admin/workspaces',
      title: channelName(context, found),
      heading: channelHeading(context, found, above),
    }
  }

  const person = async (request: FastifyRequest, id: PersonId): Promise<Screen> => {
    const name = await parts.settings.personName(id)
    if (name === undefined) throw new WebFault('not_found')
    const { t } = pageContext(parts, gate, request)
    const title = t('admin.person.settings', { name })
    return {
      place: { scope: 'person', id },
      action: `/admin/persons/${id}`,
      section: '/admin/usage',
      title,
      heading: html`<h1 dir="auto">${title}</h1><p class="lead">${t('admin.person.lead')} <a href="/admin/budgets?for=person:${id}">${t('admin.budgets.add')}</a></p>`,
    }
  }

  app.get('/admin/settings', async (request, reply) => show(request, reply, hub(request)))
  app.post('/admin/settings', async (request, reply) => save(request, reply, hub(request)))
  app.post('/admin/settings/ceilings', async (request, reply) => {
    const outcome = await attempt(async () =>
      changeCeilings(parts, ceilingsFromForm(formValues(request)), sessionOf(request).admin),
    )
    if (outcome.kind === 'refused')
      return show(request, reply, hub(request), { values: {}, fault: outcome.fault })
    return sendTo(reply, '/admin/settings', 'saved')
  })
  app.post('/admin/settings/undo', async (request, reply) => undo(request, reply, hub(request)))
  app.post('/admin/settings/reset', async (request, reply) => reset(request, reply, hub(request)))

  const ofWorkspace = { schema: { params: z.object({ id: idOf<WorkspaceId>() }) } }
  app.get('/admin/workspaces/:id', ofWorkspace, async (request, reply) =>
    show(request, reply, await workspace(request, request.params.id)),
  )
  app.post('/admin/workspaces/:id', ofWorkspace, async (request, reply) =>
    save(request, reply, await workspace(request, request.params.id)),
  )
  app.post('/admin/workspaces/:id/undo', ofWorkspace, async (request, reply) =>
    undo(request, reply, await workspace(request, request.params.id)),
  )
  app.post('/admin/workspaces/:id/reset', ofWorkspace, async (request, reply) =>
    reset(request, reply, await workspace(request, request.params.id)),
  )

  const ofPerson = { schema: { params: z.object({ id: idOf<PersonId>() }) } }
  app.get('/admin/persons/:id', ofPerson, async (request, reply) =>
    show(request, reply, await person(request, request.params.id)),
  )
  app.post('/admin/persons/:id', ofPerson, async (request, reply) =>
    save(request, reply, await person(request, request.params.id)),
  )
  app.post('/admin/persons/:id/reset', ofPerson, async (request, reply) =>
    reset(request, reply, await person(request, request.params.id)),
  )

  const ofChannel = { schema: { params: z.object({ id: idOf<ChannelId>() }) } }
  app.get('/admin/channels/:id', ofChannel, async (request, reply) =>
    show(request, reply, await channel(request, request.params.id)),
  )
  app.post('/admin/channels/:id', ofChannel, async (request, reply) =>
    save(request, reply, await channel(request, request.params.id)),
  )
  app.post('/admin/channels/:id/undo', ofChannel, async (request, reply) =>
    undo(request, reply, await channel(request, request.params.id)),
  )
  app.post('/admin/channels/:id/reset', ofChannel, async (request, reply) =>
    reset(request, reply, await channel(request, request.params.id)),
  )
}
