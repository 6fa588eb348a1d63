import { z } from 'zod'
import { type CommandName, isCommand } from '../../src/model/command.ts'
import { externalId } from '../../src/model/ids.ts'
import type {
  ConversationHint,
  InboundAction,
  InboundCommand,
  QuotedMessage,
} from '../../src/model/inbound.ts'
import { origin, type Self } from './decode.ts'
import type { Found } from './directory.ts'
import { quotedSchema } from './quoted.ts'
import { readableText } from './readable-text.ts'
import { readSubmission } from './run-modal.ts'
import { isDirect, targetOf } from './target.ts'

/** The callback of the message shortcut, as the manifest names it. */
export const RUN_SHORTCUT = 'brainall_run_message'

const commandSchema = z.object({
  command: z.string(),
  text: z.string().default(''),
  team_id: z.string().optional(),
  channel_id: z.string(),
  channel_name: z.string().optional(),
  user_id: z.string(),
  user_name: z.string().optional(),
  trigger_id: z.string(),
  response_url: z.string().optional(),
})
export type CommandBody = z.infer<typeof commandSchema>

const teamSchema = z.object({ id: z.string() }).nullish()
const userSchema = z.object({ id: z.string(), name: z.string().optional(), team_id: z.string().optional() })

const pressSchema = z.object({
  team: teamSchema,
  user: userSchema,
  trigger_id: z.string(),
  response_url: z.string().optional(),
  channel: z.object({ id: z.string(), name: z.string().optional() }),
  container: z.object({ message_ts: z.string(), thread_ts: z.string().nullish() }),
  actions: z.array(z.object({ action_id: z.string() })).min(1),
})
export type PressBody = z.infer<typeof pressSchema>

const submissionSchema = z.object({
  team: teamSchema,
  user: userSchema,
  view: z.object({
    id: z.string(),
    private_metadata: z.string(),
    app_installed_team_id: z.string().nullish(),
    state: z.object({ values: z.unknown() }),
  }),
})
export type SubmissionBody = z.infer<typeof submissionSchema>

const shortcutSchema = z.object({
  callback_id: z.literal(RUN_SHORTCUT),
  team: teamSchema,
  user: userSchema,
  trigger_id: z.string(),
  response_url: z.string().optional(),
  channel: z.object({ id: z.string(), name: z.string().optional() }),
  message: quotedSchema.extend({ ts: z.string(), thread_ts: z.string().nullish() }),
})
export type ShortcutBody = z.infer<typeof shortcutSchema>

/** undefined: no shortcut of ours. */
export function parseShortcut(body: unknown): ShortcutBody | undefined {
  return shortcutSchema.safeParse(body).data
}

export function parseCommand(body: unknown): CommandBody | undefined {
  return commandSchema.safeParse(body).data
}

const sessionStopSchema = z.object({
  event_id: z.string(),
  event: z.object({
    type: z.literal('agent_session_stopped'),
    channel: z.string(),
    thread_ts: z.string(),
    user: z.string(),
    streaming_message_ts: z.array(z.string()).default([]),
  }),
})
export type SessionStopBody = z.infer<typeof sessionStopSchema>

export function parseSessionStop(body: unknown): SessionStopBody | undefined {
  return sessionStopSchema.safeParse(body).data
}

/** undefined: pressed somewhere else than on a message. */
export function parsePress(body: unknown): PressBody | undefined {
  return pressSchema.safeParse(body).data
}

export function parseSubmission(body: unknown): SubmissionBody | undefined {
  return submissionSchema.safeParse(body).data
}

/** A form opened in a shared channel may be sent in from the other organization. */
export function teamOfSubmission({ view, team, user }: SubmissionBody): string | undefined {
  return view.app_installed_team_id ?? team?.id ?? user.team_id
}

export function teamOfPress({ team, user }: Pick<PressBody, 'team' | 'user'>): string | undefined {
  return team?.id ?? user.team_id
}

/**
 * `/run …`, `/brainall run …` and `/brainall-run …` are the same: in a workspace a name may be taken already.
 * What says no command of ours asks for help.
 */
export function commandCall({ command, text }: CommandBody): { command: CommandName; argument: string } {
  const spoken = readableText(text, { person: () => undefined, channel: () => undefined })
  const name = command
    .replace(/^\//, '')
    .toLowerCase()
    .replace(/^brainall-/, '')
  if (isCommand(name)) return { command: name, argument: spoken }
  const [first = '', ...rest] = spoken.split(/\s+/)
  const inner = first.toLowerCase().replace(/^\//, '')
  if (!isCommand(inner)) return { command: 'help', argument: '' }
  return { command: inner, argument: rest.length === 0 ? '' : spoken.slice(first.length).trim() }
}

export function decodeCommand(body: CommandBody, self: Self, found: Found): InboundCommand {
  const { channel_id: channel, channel_name: channelName, user_id: user, trigger_id: trigger } = body
  return {
    kind: 'command',
    ...origin(
      {
        channel,
        user,
        userName: body.user_name,
        channelName: nameOf(channelName),
      },
      self,
      found,
    ),
    administers: found.details(user)?.isAdmin === true,
    eventId: `command:${trigger}`,
    at: new Date(),
    messageId: externalId(`command:${trigger}`),
    ...commandCall(body),
    conversation: conversationOf(channel, `command:${trigger}`),
    target: targetOf({ team: self.teamId, channel, user, responseUrl: body.response_url }),
  }
}

/** Slack writes these where a channel has no name that people see. */
function nameOf(channelName: string | undefined): string | undefined {
  const isPlaceholder = /^(directmessage|privategroup|mpdm-.*)$/.test(channelName ?? '')
  return isPlaceholder ? undefined : channelName
}

/** A view is submitted until it is accepted, so its own id tells a repetition. */
export function decodeSubmission(body: SubmissionBody, self: Self, found: Found): InboundCommand | undefined {
  const { view, user } = body
  const run = readSubmission(view.private_metadata, view.state.values)
  if (!run) return undefined
  const { channel, channelName, responseUrl, responseUntil } = run.origin
  const id = `view:${view.id}`
  return {
    kind: 'command',
    ...origin({ channel, user: user.id, userName: user.name, channelName }, self, found),
    eventId: id,
    at: new Date(),
    messageId: externalId(id),
    command: 'run',
    argument: run.argument,
    conversation: conversationOf(channel, `command:${view.id}`),
    target: targetOf({ team: self.teamId, channel, user: user.id, responseUrl, responseUntil }),
  }
}

/** `quoted` may have been completed by what Slack told only the id of. */
export function decodeShortcut(
  body: ShortcutBody,
  self: Self,
  found: Found,
  quoted: QuotedMessage,
): InboundCommand {
  const { channel, message, user, trigger_id: trigger } = body
  const direct = isDirect(channel.id)
  const threadTs = message.thread_ts ?? (direct ? undefined : message.ts)
  return {
    kind: 'command',
    ...origin(
      { channel: channel.id, user: user.id, userName: user.name, channelName: nameOf(channel.name) },
      self,
      found,
    ),
    eventId: `shortcut:${trigger}`,
    at: new Date(),
    messageId: externalId(`shortcut:${trigger}`),
    command: 'run',
    argument: '',
    quoted,
    conversation: {
      kind: 'keyed',
      key: threadTs === undefined ? 'direct' : `thread:${threadTs}`,
      opens: false,
    },
    target: targetOf({
      team: self.teamId,
      channel: channel.id,
      user: user.id,
      threadTs,
      responseUrl: body.response_url,
    }),
  }
}

export function decodePress(body: PressBody, self: Self, found: Found): InboundAction | undefined {
  const { channel, container, user, trigger_id: trigger } = body
  const [action] = body.actions
  if (!action) return undefined
  return {
    kind: 'action',
    ...origin({ channel: channel.id, user: user.id, userName: user.name }, self, found),
    eventId: `press:${trigger}`,
    at: new Date(),
    control: action.action_id,
    messageId: externalId(container.message_ts),
    administers: found.details(user.id)?.isAdmin === true,
    target: targetOf({
      team: self.teamId,
      channel: channel.id,
      user: user.id,
      threadTs: container.thread_ts ?? undefined,
      responseUrl: body.response_url,
    }),
  }
}

/** Pressed on an agent's session; Slack itself has ended its streams by then. */
export function decodeSessionStop(body: SessionStopBody, self: Self, found: Found): InboundAction {
  const { channel, thread_ts: threadTs, user, streaming_message_ts: streaming } = body.event
  const [message] = streaming
  return {
    kind: 'action',
    ...origin({ channel, user }, self, found),
    eventId: body.event_id,
    at: new Date(),
    control: 'stop',
    messageId: externalId(message ?? threadTs),
    newest: message === undefined,
    administers: found.details(user)?.isAdmin === true,
    target: targetOf({ team: self.teamId, channel, user, threadTs }),
  }
}

/** A slash command carries no thread, so in a channel each stands alone. */
function conversationOf(channel: string, key: string): ConversationHint {
  return isDirect(channel)
    ? { kind: 'keyed', key: 'direct', opens: false }
    : { kind: 'keyed', key, opens: true }
}
