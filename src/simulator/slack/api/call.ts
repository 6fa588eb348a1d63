import type { DeliveryDesk } from '../delivery.ts'
import type { SlackChannel, SlackMessage, SlackTeam, Wire } from '../model.ts'
import type { World } from '../world.ts'
import type { CallArguments } from './arguments.ts'
import { Refusal } from './refusal.ts'

/** What the method handlers share with the person's side of the emulator. */
export interface Backstage {
  readonly world: World
  readonly desk: DeliveryDesk
  /** Base of file and upload URLs, no trailing slash. */
  readonly baseUrl: () => string
  readonly echo: {
    posted(message: SlackMessage): void
    changed(message: SlackMessage, previous: Wire): void
    removed(message: SlackMessage): void
    reacted(message: SlackMessage, name: string, user: string, added: boolean): void
    wire(message: SlackMessage): Wire
  }
}

/** One authorised call of a bot. */
export interface Call extends Backstage {
  readonly method: string
  readonly team: SlackTeam
  readonly args: CallArguments
}

export type Handler = (call: Call) => Wire

/** The channel of an argument, if the bot can see it. */
export function visibleChannel(call: Call, name = 'channel'): SlackChannel {
  const channel = call.team.channels.get(call.args.need(name))
  if (!channel) throw new Refusal('channel_not_found')
  const member = channel.members.has(call.team.botUserId)
  if (!member && channel.kind !== 'public') throw new Refusal('channel_not_found')
  return channel
}

/** The channel of an argument, if the bot is in it and may write there. */
export function writableChannel(call: Call, name = 'channel'): SlackChannel {
  const channel = visibleChannel(call, name)
  if (channel.archived) throw new Refusal('is_archived')
  if (!channel.members.has(call.team.botUserId)) throw new Refusal('not_in_channel')
  return channel
}

export function existingMessage(channel: SlackChannel, ts: string): SlackMessage {
  const message = channel.messages.get(ts)
  if (!message || message.deletedAt !== undefined || message.ephemeralFor !== undefined) {
    throw new Refusal('message_not_found')
  }
  return message
}

/** Stricter than Slack, which takes a reply's ts here and then shows the message somewhere unexpected. */
export function checkThread(channel: SlackChannel, threadTs: string | undefined): void {
  if (threadTs === undefined) return
  const root = channel.messages.get(threadTs)
  if (!root || (root.deletedAt !== undefined && !channel.threads.has(threadTs)))
    throw new Refusal('thread_not_found')
  if (root.threadTs !== undefined) throw new Refusal('cannot_reply_to_message')
}
