import type { Backstage } from './api/call.ts'
import { Refusal } from './api/refusal.ts'
import { isObject } from './block-kit.ts'
import type { SendOutcome } from './delivery.ts'
import { type FormValues, formState, option } from './form-values.ts'
import type { SlackChannel, SlackMessage, SlackPerson, SlackTeam, SlackView, Wire } from './model.ts'
import type { ResponseUrls } from './response-urls.ts'
import type { Triggers } from './triggers.ts'
import { removeModals, replaceView, showView, viewFaults, wireView } from './views.ts'
import { channelType } from './wire-message.ts'

/** How the app took it. `fault`: what the person was told instead. */
export type Acknowledgement =
  | { readonly acked: true }
  | {
      readonly acked: false
      readonly fault: 'dispatch_failed' | 'operation_timeout' | `invalid response: ${string}`
    }

/** What people do with the app's controls. Each promise settles when the app has acknowledged, or after its deadline. */
export interface Interactions {
  /** Throws on line breaks: a slash command is one line. */
  slashCommand(
    channel: SlackChannel,
    person: SlackPerson,
    what: { command: string; text: string },
  ): Promise<Acknowledgement>
  messageShortcut(message: SlackMessage, person: SlackPerson, callbackId: string): Promise<Acknowledgement>
  globalShortcut(person: SlackPerson, callbackId: string): Promise<Acknowledgement>
  /** `value` picks the option of a select, or the half of feedback buttons. Throws when there is no such control. */
  pressButton(
    target: SlackMessage | SlackView,
    actionId: string,
    by: { person: SlackPerson; value?: string },
  ): Promise<Acknowledgement>
  /** Throws where Slack's client would not submit. Errors the app answers are in the view's `errors`. */
  submitModal(viewId: string, values: FormValues): Promise<Acknowledgement>
  closeModal(viewId: string): Promise<Acknowledgement>
}

export function createInteractions(
  backstage: Backstage,
  parts: { triggers: Triggers; responseUrls: ResponseUrls },
): Interactions {
  const { world, desk, echo } = backstage
  const { triggers, responseUrls } = parts

  const teamOf = (thing: { teamId: string }): SlackTeam => {
    const team = world.teams.get(thing.teamId)
    if (!team) throw new Error(`no team ${thing.teamId}`)
    return team
  }
  const channelOf = (message: SlackMessage): SlackChannel => {
    const channel = teamOf(message).channels.get(message.channelId)
    if (!channel) throw new Error(`no channel ${message.channelId}`)
    return channel
  }
  const personById = (team: SlackTeam, id: string): SlackPerson => {
    const person = team.people.get(id)
    if (!person) throw new Error(`no person ${id}`)
    return person
  }
  const responseUrl = (kind: 'commands' | 'actions', route: Parameters<ResponseUrls['issue']>[1]): string =>
    `${backstage.baseUrl()}${responseUrls.issue(kind, route)}`

  const base = (team: SlackTeam, person: SlackPerson, type: string): Wire => ({
    type,
    team: { id: team.id, domain: team.domain },
    user: { id: person.id, username: person.name, name: person.name, team_id: team.id },
    api_app_id: world.settings.appId,
    token: 'emulated-verification-token',
    trigger_id: triggers.issue(team.id, person.id),
    enterprise: null,
    is_enterprise_install: false,
  })
  const place = (channel: SlackChannel): Wire => ({
    id: channel.id,
    name: channel.kind === 'im' ? 'directmessage' : channel.name,
  })

  const findModal = (viewId: string): { team: SlackTeam; modal: SlackView } => {
    for (const team of world.teams.values()) {
      const modal = team.modals.find(({ id }) => id === viewId)
      if (modal) return { team, modal }
    }
    throw new Error(`no open modal ${viewId}`)
  }

  const closeView = (team: SlackTeam, modal: SlackView, all: boolean): void => {
    removeModals(team, (other) => other === modal || (all && other.rootId === modal.rootId))
    world.changed({ kind: 'view', view: modal })
  }

  const takeSubmissionAnswer = (team: SlackTeam, modal: SlackView, response: unknown): Acknowledgement => {
    if (!isObject(response) || response.response_action === undefined) {
      closeView(team, modal, false)
      return { acked: true }
    }
    const { response_action: action, errors, view } = response
    if (action === 'clear') closeView(team, modal, true)
    else if (action === 'errors' && isObject(errors) && Object.keys(errors).length > 0) {
      modal.errors = Object.fromEntries(Object.entries(errors).map(([name, text]) => [name, String(text)]))
      world.changed({ kind: 'view', view: modal })
    } else if ((action === 'update' || action === 'push') && isObject(view)) {
      const faults = viewFaults(view, 'modal')
      if (faults.length > 0) return { acked: false, fault: `invalid response: ${faults.join('; ')}` }
      if (action === 'update') replaceView(world, modal, view)
      else if (!showView(world, team, modal.personId, view, modal)) {
        return { acked: false, fault: 'invalid response: push_limit_reached' }
      }
    } else return { acked: false, fault: `invalid response: ${JSON.stringify(response).slice(0, 200)}` }
    return { acked: true }
  }

  return {
    async slashCommand(channel, person, { command, text }) {
      if (/[\r\n]/.test(text)) throw new Error('a slash command is one line')
      const team = teamOf(channel)
      const route = { team, channel, personId: person.id, origin: undefined }
      const outcome = await desk.ask(team, 'slash_commands', command, {
        token: 'emulated-verification-token',
        team_id: team.id,
        team_domain: team.domain,
        channel_id: channel.id,
        channel_name:
          channel.kind === 'im'
            ? 'directmessage'
            : channel.kind === 'private'
              ? 'privategroup'
              : channel.name,
        user_id: person.id,
        user_name: person.name,
        command,
        text,
        api_app_id: world.settings.appId,
        is_enterprise_install: 'false',
        response_url: responseUrl('commands', route),
        trigger_id: triggers.issue(team.id, person.id),
      })
      const answer = outcome.ok ? outcome.response : undefined
      const response = typeof answer === 'string' ? { text: answer } : answer
      if (!isObject(response) || Object.keys(response).length === 0) return acknowledgement(outcome)
      try {
        responseUrls.respond(route, response)
      } catch (error) {
        if (error instanceof Refusal) return { acked: false, fault: `invalid response: ${error.code}` }
        throw error
      }
      return { acked: true }
    },

    async messageShortcut(message, person, callbackId) {
      const team = teamOf(message)
      const channel = channelOf(message)
      const route = { team, channel, personId: person.id, origin: undefined }
      return acknowledgement(
        await desk.ask(team, 'interactive', 'message_action', {
          ...base(team, person, 'message_action'),
          callback_id: callbackId,
          action_ts: world.nextTs(),
          message_ts: message.ts,
          response_url: responseUrl('actions', route),
          channel: place(channel),
          message: echo.wire(message),
        }),
      )
    },

    async globalShortcut(person, callbackId) {
      const team = teamOf(person)
      return acknowledgement(
        await desk.ask(team, 'interactive', 'shortcut', {
          ...base(team, person, 'shortcut'),
          callback_id: callbackId,
          action_ts: world.nextTs(),
        }),
      )
    },

    async pressButton(target, actionId, { person, value }) {
      const team = teamOf(target)
      const isMessage = 'ts' in target
      const shown = isMessage ? (target.blocks ?? []) : target.view.blocks
      const { block, element } = findControl(shown, actionId)
      const action: Wire = {
        ...pressed(element, value),
        action_id: actionId,
        block_id: block.block_id,
        action_ts: world.nextTs(),
      }
      const origin = isMessage ? messageOrigin(target, person) : viewOrigin(team, target)
      return acknowledgement(
        await desk.ask(team, 'interactive', 'block_actions', {
          ...base(team, person, 'block_actions'),
          ...origin,
          actions: [action],
        }),
      )
    },

    async submitModal(viewId, values) {
      const { team, modal } = findModal(viewId)
      const state = formState(modal.view, values)
      modal.errors = {}
      const outcome = await desk.ask(team, 'interactive', 'view_submission', {
        ...base(team, personById(team, modal.personId), 'view_submission'),
        view: wireView(world, team, modal, state),
        response_urls: [],
      })
      return outcome.ok ? takeSubmissionAnswer(team, modal, outcome.response) : acknowledgement(outcome)
    },

    async closeModal(viewId) {
      const { team, modal } = findModal(viewId)
      closeView(team, modal, false)
      if (modal.view.notify_on_close !== true) return { acked: true }
      return acknowledgement(
        await desk.ask(team, 'interactive', 'view_closed', {
          ...base(team, personById(team, modal.personId), 'view_closed'),
          view: wireView(world, team, modal),
          is_cleared: false,
        }),
      )
    },
  }

  function messageOrigin(message: SlackMessage, person: SlackPerson): Wire {
    const team = teamOf(message)
    const channel = channelOf(message)
    return {
      container: {
        type: 'message',
        message_ts: message.ts,
        channel_id: channel.id,
        is_ephemeral: message.ephemeralFor !== undefined,
        thread_ts: message.threadTs,
      },
      channel: place(channel),
      message: message.ephemeralFor === undefined ? echo.wire(message) : undefined,
      channel_type: channelType(channel),
      state: { values: {} },
      response_url: responseUrl('actions', { team, channel, personId: person.id, origin: message }),
    }
  }

  function viewOrigin(team: SlackTeam, view: SlackView): Wire {
    return { container: { type: 'view', view_id: view.id }, view: wireView(world, team, view) }
  }
}

function acknowledgement(outcome: SendOutcome): Acknowledgement {
  if (outcome.ok) return { acked: true }
  const late = outcome.reason === 'timeout' || outcome.reason === 'http_timeout'
  return { acked: false, fault: late ? 'operation_timeout' : 'dispatch_failed' }
}

function findControl(blocks: unknown, actionId: string): { block: Wire; element: Wire } {
  for (const block of Array.isArray(blocks) ? blocks : []) {
    if (!isObject(block)) continue
    const elements: unknown[] = Array.isArray(block.elements) ? block.elements : []
    const element = [...elements, block.accessory, block.element].find(
      (candidate) => isObject(candidate) && candidate.action_id === actionId,
    )
    if (isObject(element)) return { block, element }
  }
  throw new Error(`no control ${actionId} is shown`)
}

function pressed(element: Wire, value: string | undefined): Wire {
  if (Array.isArray(element.options)) {
    return { type: element.type, selected_option: option(element, value ?? '') }
  }
  if (element.type === 'feedback_buttons') {
    const halves = [element.positive_button, element.negative_button].filter(isObject)
    const half = halves.find((candidate) => candidate.value === value)
    if (!half) throw new Error(`the feedback buttons do not offer ${value ?? 'nothing'}`)
    return { type: element.type, text: half.text, value }
  }
  return { type: element.type, text: element.text, value: element.value, style: element.style }
}
