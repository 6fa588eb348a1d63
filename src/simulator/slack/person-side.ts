import { randomUUID } from 'node:crypto'
import type { Backstage } from './api/call.ts'
import { background } from './delivery.ts'
import type {
  ChannelKind,
  SlackChannel,
  SlackFile,
  SlackMessage,
  SlackPerson,
  SlackTeam,
  Wire,
} from './model.ts'
import { threadKey } from './model.ts'
import { richText, typedText } from './mrkdwn.ts'
import { addFile } from './uploads.ts'
import { revise } from './world.ts'

export interface SharedFile {
  readonly name: string
  readonly mimetype: string
  readonly data: Buffer
  readonly text?: string
  readonly threadTs?: string
  /** As for files of other organisations: the app has to ask `files.info`. */
  readonly infoOnly?: boolean
}

export interface SharedClip {
  readonly data: Buffer
  /** `audio/webm` or `audio/mp4`; some clients send `video/mp4`. */
  readonly mimetype: string
  readonly durationMs: number
  readonly text?: string
  readonly threadTs?: string
  /** Slack's own transcript; absent: none was made. */
  readonly transcript?: string
}

/** What people do in Slack. Messages are posted at once; the app hears of them in the background. */
export interface PersonSide {
  /** Writes what the person typed: `&`, `<`, `>` and URLs reach the app as Slack escapes them; `<@U…>` mentions. */
  say(channel: SlackChannel, person: SlackPerson, what: { text: string; threadTs?: string }): SlackMessage
  edit(message: SlackMessage, text: string): void
  delete(message: SlackMessage): void
  /** The app's message gets a link preview: a change that nobody edited. */
  unfurl(message: SlackMessage, preview: { title: string; url: string }): void
  shareAudioClip(channel: SlackChannel, person: SlackPerson, clip: SharedClip): SlackMessage
  shareFile(channel: SlackChannel, person: SlackPerson, file: SharedFile): SlackMessage
  deleteFile(file: SlackFile): void
  react(message: SlackMessage, person: SlackPerson, name: string): void
  unreact(message: SlackMessage, person: SlackPerson, name: string): void
  /** Presses stop on the app's session of this thread: its live streams end. */
  stopSession(channel: SlackChannel, threadTs: string, person: SlackPerson): void
  openHome(person: SlackPerson, tab?: 'home' | 'messages'): void
  addMember(channel: SlackChannel, userId: string): void
  /** Of the bot too: it hears of that and then of nothing more. */
  removeMember(channel: SlackChannel, userId: string): void
  rename(channel: SlackChannel, name: string): void
  archive(channel: SlackChannel): void
  /** The person's direct message with the bot. */
  direct(person: SlackPerson): SlackChannel
}

export function createPersonSide(
  backstage: Backstage,
  openDirect: (team: SlackTeam, personId: string) => SlackChannel,
): PersonSide {
  const { world, desk, echo } = backstage

  const teamOf = (thing: { teamId: string }): SlackTeam => {
    const team = world.teams.get(thing.teamId)
    if (!team) throw new Error(`no team ${thing.teamId}`)
    return team
  }

  const post = (
    channel: SlackChannel,
    person: SlackPerson,
    what: { text: string; threadTs?: string | undefined; files?: SlackFile[] },
  ): SlackMessage => {
    if (channel.archived) throw new Error(`#${channel.name} is archived`)
    if (!channel.members.has(person.id)) throw new Error(`${person.name} is not in #${channel.name}`)
    const root = what.threadTs === undefined ? undefined : channel.messages.get(what.threadTs)
    if (what.threadTs !== undefined && !root)
      throw new Error(`no message ${what.threadTs} in #${channel.name}`)
    const text = typedText(what.text)
    const message = world.post(channel, {
      user: person.id,
      text,
      blocks: text === '' ? undefined : [richText(text)],
      threadTs: root?.threadTs ?? what.threadTs,
      subtype: what.files ? 'file_share' : undefined,
      clientMsgId: what.files ? undefined : randomUUID(),
      ...(what.files ? { files: what.files } : {}),
    })
    for (const file of what.files ?? []) file.channels.add(channel.id)
    echo.posted(message)
    return message
  }

  const tell = (team: SlackTeam, event: Wire): void => background(desk.event(team, event).settled)

  const membership = (channel: SlackChannel, type: string, user: string): Wire => ({
    type,
    user,
    channel: channel.id,
    channel_type: channel.kind === 'public' ? 'C' : 'G',
    team: channel.teamId,
  })

  return {
    say: (channel, person, what) => post(channel, person, what),
    edit(message, text) {
      if (message.deletedAt !== undefined) throw new Error('the message is deleted')
      const previous = echo.wire(message)
      const typed = typedText(text)
      revise(message, { text: typed, blocks: [richText(typed)] }, world.settings.now())
      message.edited = { user: message.user, ts: `${Math.floor(world.settings.now() / 1000)}.000000` }
      echo.changed(message, previous)
    },
    delete(message) {
      if (message.deletedAt === undefined) echo.removed(message)
    },
    unfurl(message, { title, url }) {
      const previous = echo.wire(message)
      message.attachments = [{ id: 1, title, title_link: url, from_url: url, fallback: title }]
      echo.changed(message, previous)
    },
    shareAudioClip(channel, person, clip) {
      const file = addFile(world, teamOf(channel), {
        user: person.id,
        name: clip.mimetype.includes('webm') ? 'audio_message.webm' : 'audio_message.m4a',
        mimetype: clip.mimetype,
        data: clip.data,
        subtype: 'slack_audio',
        durationMs: clip.durationMs,
        transcript: clip.transcript,
      })
      return post(channel, person, { text: clip.text ?? '', threadTs: clip.threadTs, files: [file] })
    },
    shareFile(channel, person, { name, mimetype, data, text, threadTs, infoOnly = false }) {
      const file = addFile(world, teamOf(channel), { user: person.id, name, mimetype, data, infoOnly })
      return post(channel, person, { text: text ?? '', threadTs, files: [file] })
    },
    deleteFile(file) {
      file.deleted = true
      tell(teamOf(file), { type: 'file_deleted', file_id: file.id, channel_ids: [...file.channels] })
    },
    react: (message, person, name) => echo.reacted(message, name, person.id, true),
    unreact: (message, person, name) => echo.reacted(message, name, person.id, false),
    stopSession(channel, threadTs, person) {
      const team = teamOf(channel)
      const streaming = [...(channel.threads.get(threadTs) ?? []), threadTs]
        .map((ts) => channel.messages.get(ts))
        .filter((message) => message?.stream?.state === 'in_progress')
      for (const message of streaming) {
        if (!message?.stream) continue
        message.stream.state = 'stopped_by_user'
        world.changed({ kind: 'message', message })
      }
      if (streaming.length === 0 && !team.sessions.has(threadKey(channel.id, threadTs))) {
        throw new Error('there is nothing to stop in this thread')
      }
      tell(team, {
        type: 'agent_session_stopped',
        channel: channel.id,
        user: person.id,
        thread_ts: threadTs,
        streaming_message_ts: streaming.map((message) => message?.ts),
      })
    },
    openHome(person, tab = 'home') {
      const team = teamOf(person)
      const channel = openDirect(team, person.id)
      tell(team, { type: 'app_home_opened', user: person.id, channel: channel.id, tab })
    },
    addMember(channel, userId) {
      channel.members.add(userId)
      world.changed({ kind: 'channel', channel })
      const team = teamOf(channel)
      if (channel.members.has(team.botUserId))
        tell(team, membership(channel, 'member_joined_channel', userId))
    },
    removeMember(channel, userId) {
      const team = teamOf(channel)
      const botWasIn = channel.members.has(team.botUserId)
      channel.members.delete(userId)
      world.changed({ kind: 'channel', channel })
      if (userId === team.botUserId) {
        tell(team, { type: channel.kind === 'public' ? 'channel_left' : 'group_left', channel: channel.id })
      } else if (botWasIn) tell(team, membership(channel, 'member_left_channel', userId))
    },
    rename(channel, name) {
      channel.name = name
      world.changed({ kind: 'channel', channel })
      const created = Math.floor(channel.createdAt / 1000)
      tell(teamOf(channel), {
        type: `${eventNoun(channel.kind)}_rename`,
        channel: { id: channel.id, name, created },
      })
    },
    archive(channel) {
      channel.archived = true
      world.changed({ kind: 'channel', channel })
      const user = [...channel.members][0]
      tell(teamOf(channel), { type: `${eventNoun(channel.kind)}_archive`, channel: channel.id, user })
    },
    direct: (person) => openDirect(teamOf(person), person.id),
  }
}

function eventNoun(kind: ChannelKind): string {
  return kind === 'public' ? 'channel' : 'group'
}
