import type { SlackChannel, Wire } from '../model.ts'
import { revise } from '../world.ts'
import {
  type Call,
  checkThread,
  existingMessage,
  type Handler,
  visibleChannel,
  writableChannel,
} from './call.ts'
import { isEmpty, readContent, readMetadata } from './content.ts'
import { openDirect } from './conversations.ts'
import { Refusal } from './refusal.ts'

export const chatMethods: Readonly<Record<string, Handler>> = {
  'chat.postMessage': (call) => {
    const channel = destination(call)
    const content = readContent(call.args)
    if (isEmpty(content)) throw new Refusal('no_text')
    const threadTs = call.args.text('thread_ts')
    checkThread(channel, threadTs)
    const broadcast = threadTs !== undefined && call.args.flag('reply_broadcast')
    const message = call.world.post(channel, {
      user: call.team.botUserId,
      botId: call.team.botId,
      text: content.text ?? '',
      format: content.format,
      blocks: content.blocks,
      attachments: content.attachments,
      metadata: readMetadata(call.args.json('metadata')),
      threadTs,
      subtype: broadcast ? 'thread_broadcast' : undefined,
      clientMsgId: call.args.text('client_msg_id'),
    })
    if (call.args.flag('link_names') || call.args.text('parse') === 'full')
      pingByName(message.pings, message.text)
    call.echo.posted(message)
    return { channel: channel.id, ts: message.ts, message: call.echo.wire(message) }
  },

  'chat.update': (call) => {
    const channel = writableChannel(call)
    const message = existingMessage(channel, call.args.need('ts'))
    if (message.botId !== call.team.botId) throw new Refusal('cant_update_message')
    if (message.stream?.state === 'in_progress') throw new Refusal('streaming_state_conflict')
    const content = readContent(call.args)
    const metadata = readMetadata(call.args.json('metadata'))
    const given = [content.text, content.blocks, content.attachments, metadata].some(
      (part) => part !== undefined,
    )
    // Blocks that are not given stay; an empty array removes them.
    const blocks = content.format === 'markdown' ? undefined : (content.blocks ?? message.blocks)
    const text = content.text ?? message.text
    if (!given || isEmpty({ ...content, text, blocks })) throw new Refusal('no_text')
    const previous = call.echo.wire(message)
    revise(message, { text, blocks: blocks?.length === 0 ? undefined : blocks }, call.world.settings.now())
    if (content.text !== undefined) message.format = content.format
    if (content.attachments) message.attachments = content.attachments
    if (metadata) message.metadata = Object.keys(metadata).length > 0 ? metadata : undefined
    if (call.args.flag('link_names') || call.args.text('parse') === 'full')
      pingByName(message.pings, message.text)
    message.edited = { user: call.team.botUserId, ts: call.world.nextTs() }
    call.echo.changed(message, previous)
    return { channel: channel.id, ts: message.ts, text: message.text, message: call.echo.wire(message) }
  },

  'chat.delete': (call) => {
    const channel = visibleChannel(call)
    const message = existingMessage(channel, call.args.need('ts'))
    if (message.botId !== call.team.botId) throw new Refusal('cant_delete_message')
    call.echo.removed(message)
    return { channel: channel.id, ts: message.ts }
  },

  'chat.postEphemeral': (call) => {
    const channel = writableChannel(call)
    const content = readContent(call.args)
    if (isEmpty(content)) throw new Refusal('no_text')
    const user = call.args.need('user')
    if (!channel.members.has(user)) throw new Refusal('user_not_in_channel')
    const threadTs = call.args.text('thread_ts')
    checkThread(channel, threadTs)
    const message = call.world.post(channel, {
      user: call.team.botUserId,
      botId: call.team.botId,
      text: content.text ?? '',
      format: content.format,
      blocks: content.blocks,
      attachments: content.attachments,
      threadTs,
      ephemeralFor: user,
    })
    return { message_ts: message.ts }
  },

  'chat.getPermalink': (call): Wire => {
    const channel = visibleChannel(call)
    const message = existingMessage(channel, call.args.need('message_ts'))
    const thread = message.threadTs === undefined ? '' : `?thread_ts=${message.threadTs}&cid=${channel.id}`
    return {
      channel: channel.id,
      permalink: `${call.baseUrl()}/archives/${channel.id}/p${message.ts.replace('.', '')}${thread}`,
    }
  },
}

// A person's id opens the direct message with them.
function destination(call: Call): SlackChannel {
  const person = call.team.people.get(call.args.need('channel'))
  return person && !person.isBot ? openDirect(call, [person.id]).channel : writableChannel(call)
}

function pingByName(pings: Set<string>, text: string): void {
  for (const match of text.matchAll(/@(here|channel|everyone)\b/g)) pings.add(match[1] ?? '')
}
