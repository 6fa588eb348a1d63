import type { SlackChannel, SlackFile, SlackMessage, SlackTeam, Wire } from './model.ts'
import { liveReplies, type World } from './world.ts'

export function channelType(channel: SlackChannel): string {
  if (channel.kind === 'public') return 'channel'
  return channel.kind === 'private' ? 'group' : channel.kind
}

/** The message object of events, histories and answers. Undefined members vanish in JSON. */
export function wireMessage(
  world: World,
  team: SlackTeam,
  message: SlackMessage,
  options: { baseUrl: string; metadata?: boolean; thread?: SlackChannel },
): Wire {
  if (message.deletedAt !== undefined) return tombstone(team, message, options.thread)
  const root =
    message.threadTs === undefined
      ? undefined
      : team.channels.get(message.channelId)?.messages.get(message.threadTs)
  return {
    type: 'message',
    subtype: message.subtype,
    user: message.user,
    text: message.text,
    ts: message.ts,
    team: team.id,
    client_msg_id: message.clientMsgId,
    ...(message.botId === undefined ? {} : botAuthor(world, team)),
    blocks: shownBlocks(message),
    attachments: message.attachments,
    files:
      message.files.length > 0
        ? message.files.map((file) => sharedFile(team, file, options.baseUrl))
        : undefined,
    ...(message.files.length > 0 ? { upload: false, display_as_bot: false } : {}),
    thread_ts: message.threadTs,
    parent_user_id: root?.user,
    edited: message.edited,
    reactions:
      message.reactions.size > 0
        ? [...message.reactions].map(([name, users]) => ({ name, users: [...users], count: users.size }))
        : undefined,
    streaming_state: message.stream ? streamingState(message.stream.state) : undefined,
    metadata: options.metadata ? message.metadata : undefined,
    ...(options.thread ? threadSummary(options.thread, message) : {}),
  }
}

/** What stays of a deleted message that has replies. */
export function tombstone(team: SlackTeam, message: SlackMessage, thread: SlackChannel | undefined): Wire {
  return {
    type: 'message',
    subtype: 'tombstone',
    text: 'This message was deleted.',
    user: 'USLACKBOT',
    hidden: true,
    ts: message.ts,
    team: team.id,
    thread_ts: message.ts,
    ...(thread ? threadSummary(thread, message) : {}),
  }
}

function streamingState(state: string): string {
  return state === 'stopped_by_user' ? 'completed' : state
}

function botAuthor(world: World, team: SlackTeam): Wire {
  const { appId } = world.settings
  const name = team.people.get(team.botUserId)?.name
  return {
    bot_id: team.botId,
    app_id: appId,
    bot_profile: { id: team.botId, app_id: appId, name, deleted: false, updated: 0, team_id: team.id },
  }
}

function shownBlocks(message: SlackMessage): Wire[] | undefined {
  if (message.format !== 'markdown') return message.blocks
  return [{ type: 'markdown', text: message.text, block_id: `md-${message.ts}` }, ...(message.blocks ?? [])]
}

function threadSummary(channel: SlackChannel, message: SlackMessage): Wire {
  const replies = liveReplies(channel, message.ts)
  if (replies.length === 0) return {}
  const users = [...new Set(replies.map(({ user }) => user))]
  return {
    thread_ts: message.ts,
    reply_count: replies.length,
    reply_users_count: users.length,
    reply_users: users,
    latest_reply: replies.at(-1)?.ts,
    is_locked: false,
    subscribed: true,
  }
}

function sharedFile(team: SlackTeam, file: SlackFile, baseUrl: string): Wire {
  if (!file.infoOnly) return wireFile(team, file, baseUrl)
  return {
    id: file.id,
    created: 0,
    timestamp: 0,
    user: '',
    mode: 'file_access',
    file_access: 'check_file_info',
  }
}

/** The file object. Fetching its URLs needs the bearer token of a bot of the file's team. */
export function wireFile(team: SlackTeam, file: SlackFile, baseUrl: string): Wire {
  const path = `${baseUrl}/files-pri/${team.id}-${file.id}`
  const name = encodeURIComponent(file.name)
  return {
    id: file.id,
    created: Math.floor(file.createdAt / 1000),
    timestamp: Math.floor(file.createdAt / 1000),
    name: file.name,
    title: file.title,
    mimetype: file.mimetype,
    filetype: file.name.split('.').at(-1) ?? 'binary',
    pretty_type: file.mimetype,
    user: file.user,
    user_team: team.id,
    editable: false,
    size: file.data.length,
    mode: 'hosted',
    is_external: false,
    external_type: '',
    is_public: false,
    public_url_shared: false,
    display_as_bot: false,
    username: '',
    subtype: file.subtype,
    duration_ms: file.durationMs,
    ...(file.subtype === 'slack_audio' ? clipFields(file, path) : {}),
    url_private: `${path}/${name}`,
    url_private_download: `${path}/download/${name}`,
    media_display_type: file.mimetype.startsWith('audio/') ? 'audio' : 'unknown',
    permalink: `${baseUrl}/files/${file.user}/${file.id}/${name}`,
    file_access: 'visible',
    has_rich_preview: false,
    channels: [...file.channels],
  }
}

function clipFields(file: SlackFile, path: string): Wire {
  if (file.transcript === undefined) return { transcription: { status: 'none' } }
  return {
    transcription: {
      status: 'complete',
      locale: 'en-US',
      preview: { content: file.transcript, has_more: false },
    },
    vtt: `${path}/file.vtt?_xcb=1`,
  }
}
