import type { Backstage } from './api/call.ts'
import { background, type DeliveryDesk } from './delivery.ts'
import type { SlackChannel, SlackMessage, SlackTeam, Wire } from './model.ts'
import { channelType, wireMessage } from './wire-message.ts'
import { liveReplies, type World } from './world.ts'

/** Tells the app what happened in the channels its bot is in, the bot's own doings included, as Slack does. */
export function createEcho(world: World, desk: DeliveryDesk, baseUrl: () => string): Backstage['echo'] {
  const place = (message: SlackMessage): { team: SlackTeam; channel: SlackChannel } => {
    const team = world.teams.get(message.teamId)
    const channel = team?.channels.get(message.channelId)
    if (!team || !channel) throw new Error(`no channel ${message.channelId}`)
    return { team, channel }
  }

  const wire = (message: SlackMessage): Wire =>
    wireMessage(world, place(message).team, message, { baseUrl: baseUrl() })

  const send = (message: SlackMessage, event: Wire): void => {
    world.changed({ kind: 'message', message })
    const { team, channel } = place(message)
    if (message.ephemeralFor !== undefined || !channel.members.has(team.botUserId)) return
    background(desk.event(team, event).settled)
  }

  const changed = (message: SlackMessage, previous: Wire, now = wire(message)): void => {
    const { channel } = place(message)
    const ts = world.nextTs()
    send(message, {
      type: 'message',
      subtype: 'message_changed',
      message: now,
      previous_message: previous,
      channel: channel.id,
      hidden: true,
      ts,
      event_ts: ts,
      channel_type: channelType(channel),
    })
  }

  const mention = (message: SlackMessage): void => {
    const { team, channel } = place(message)
    const mentioned = message.text.includes(`<@${team.botUserId}>`)
    if (!mentioned || channel.kind === 'im' || message.user === team.botUserId) return
    send(message, {
      ...wire(message),
      subtype: undefined,
      type: 'app_mention',
      channel: channel.id,
      event_ts: message.ts,
    })
  }

  return {
    wire,
    posted(message) {
      const { channel } = place(message)
      mention(message)
      send(message, {
        ...wire(message),
        channel: channel.id,
        event_ts: message.ts,
        channel_type: channelType(channel),
      })
    },
    changed(message, previous) {
      changed(message, previous)
      const { team } = place(message)
      const added = !String(previous.text).includes(`<@${team.botUserId}>`)
      // An edit that adds the mention is a mention.
      if (added && message.botId === undefined) mention(message)
    },
    removed(message) {
      const { channel } = place(message)
      const previous = wire(message)
      message.deletedAt = world.settings.now()
      // A root with replies is not deleted: it turns into a tombstone, which comes as a change.
      if (liveReplies(channel, message.ts).length > 0) return changed(message, previous)
      const ts = world.nextTs()
      send(message, {
        type: 'message',
        subtype: 'message_deleted',
        previous_message: previous,
        channel: channel.id,
        hidden: true,
        deleted_ts: message.ts,
        ts,
        event_ts: ts,
        channel_type: channelType(channel),
      })
    },
    reacted(message, name, user, added) {
      const users = message.reactions.get(name) ?? new Set()
      if (added) users.add(user)
      else users.delete(user)
      if (users.size > 0) message.reactions.set(name, users)
      else message.reactions.delete(name)
      send(message, {
        type: added ? 'reaction_added' : 'reaction_removed',
        user,
        reaction: name,
        item: { type: 'message', channel: message.channelId, ts: message.ts },
        item_user: message.user,
      })
    },
  }
}
