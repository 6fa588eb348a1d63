import { freshId, stableDigits, stableHex, stableId } from './identity.ts'
import type { ChannelKind, SlackChange, SlackChannel, SlackMessage, SlackPerson, SlackTeam } from './model.ts'
import { threadKey } from './model.ts'
import { pingsOf } from './mrkdwn.ts'

export interface WorldSettings {
  readonly appId: string
  readonly now: () => number
  /** Messages a channel remembers; the oldest are forgotten beyond it. */
  readonly messagesPerChannel: number
  readonly streamLifeMs: number
}

export interface TeamSetup {
  readonly name: string
  readonly id?: string
  readonly botName?: string
  readonly botToken?: string
  /** Scopes the bot was granted; absent grants all. */
  readonly scopes?: readonly string[]
  /** False: the team has no token until somebody installs the app by OAuth. */
  readonly installed?: boolean
}

export interface MessageDraft {
  readonly user: string
  readonly botId?: string | undefined
  readonly text: string
  readonly format?: SlackMessage['format']
  readonly blocks?: SlackMessage['blocks']
  readonly attachments?: SlackMessage['attachments']
  readonly metadata?: SlackMessage['metadata']
  readonly threadTs?: string | undefined
  readonly subtype?: string | undefined
  readonly clientMsgId?: string | undefined
  readonly ephemeralFor?: string | undefined
  readonly stream?: SlackMessage['stream']
  readonly files?: SlackMessage['files']
}

const STATUS_LIFE_MS = 120_000

/** Everything the emulated Slack knows, and who wants to hear that it changed. */
export interface World {
  readonly settings: WorldSettings
  readonly teams: Map<string, SlackTeam>
  changed(change: SlackChange): void
  onChange(listener: (change: SlackChange) => void): () => void
  /** Strictly increasing, as Slack's message timestamps are in a channel. */
  nextTs(): string
  addTeam(setup: TeamSetup): SlackTeam
  addPerson(team: SlackTeam, person: Partial<Omit<SlackPerson, 'teamId'>> & { name: string }): SlackPerson
  addChannel(
    team: SlackTeam,
    channel: { name: string; kind: ChannelKind; members: readonly string[]; id?: string },
  ): SlackChannel
  post(channel: SlackChannel, draft: MessageDraft): SlackMessage
  /** Ends streams and statuses whose time is over. */
  expire(): void
}

export function createWorld(settings: WorldSettings): World {
  const teams = new Map<string, SlackTeam>()
  const listeners = new Set<(change: SlackChange) => void>()
  const liveStreams = new Set<SlackMessage>()
  let lastMicros = 0n

  const changed = (change: SlackChange): void => {
    for (const listener of listeners) listener(change)
  }

  const nextTs = (): string => {
    const micros = BigInt(Math.floor(settings.now())) * 1000n
    lastMicros = micros > lastMicros ? micros : lastMicros + 1n
    return `${lastMicros / 1_000_000n}.${String(lastMicros % 1_000_000n).padStart(6, '0')}`
  }

  const addPerson: World['addPerson'] = (team, person) => {
    const created: SlackPerson = {
      id: person.id ?? unusedId('U', team.people, team.id, person.name),
      teamId: team.id,
      name: person.name,
      realName: person.realName ?? person.name,
      locale: person.locale ?? 'en-US',
      admin: person.admin ?? false,
      isBot: person.isBot ?? false,
    }
    team.people.set(created.id, created)
    changed({ kind: 'team', teamId: team.id })
    return created
  }

  const post: World['post'] = (channel, draft) => {
    const ts = nextTs()
    const message: SlackMessage = {
      teamId: channel.teamId,
      channelId: channel.id,
      ts,
      postedAt: settings.now(),
      user: draft.user,
      botId: draft.botId,
      clientMsgId: draft.clientMsgId,
      subtype: draft.subtype,
      text: draft.text,
      format: draft.format ?? 'mrkdwn',
      blocks: draft.blocks,
      attachments: draft.attachments,
      metadata: draft.metadata,
      threadTs: draft.threadTs,
      edited: undefined,
      edits: [],
      deletedAt: undefined,
      ephemeralFor: draft.ephemeralFor,
      stream: draft.stream,
      files: draft.files ?? [],
      reactions: new Map(),
      pings: pingsOf(draft.text, draft.blocks),
    }
    channel.messages.set(ts, message)
    if (message.stream) liveStreams.add(message)
    if (draft.threadTs !== undefined && draft.ephemeralFor === undefined) {
      const replies = channel.threads.get(draft.threadTs)
      if (replies) replies.add(ts)
      else channel.threads.set(draft.threadTs, new Set([ts]))
    }
    forgetOldest(channel, settings.messagesPerChannel)
    if (draft.botId !== undefined && draft.ephemeralFor === undefined) {
      clearStatus(channel, draft.threadTs ?? ts)
    }
    changed({ kind: 'message', message })
    return message
  }

  // A reply by the app clears the status of its thread.
  const clearStatus = (channel: SlackChannel, threadTs: string): void => {
    const key = threadKey(channel.id, threadTs)
    if (teams.get(channel.teamId)?.statuses.delete(key)) {
      changed({ kind: 'status', teamId: channel.teamId, thread: key })
    }
  }

  const expire = (): void => {
    const now = settings.now()
    for (const message of liveStreams) {
      const { stream } = message
      if (stream?.state === 'in_progress' && now - stream.startedAt >= settings.streamLifeMs) {
        stream.state = 'errored'
        changed({ kind: 'message', message })
      }
      if (stream?.state !== 'in_progress') liveStreams.delete(message)
    }
    for (const team of teams.values()) {
      for (const [key, status] of team.statuses) {
        if (now - status.setAt < STATUS_LIFE_MS) continue
        team.statuses.delete(key)
        changed({ kind: 'status', teamId: team.id, thread: key })
      }
    }
  }

  const addTeam = (setup: TeamSetup): SlackTeam => {
    const id = setup.id ?? unusedId('T', teams, setup.name)
    const botUserId = stableId('U', id, 'bot')
    const team: SlackTeam = {
      id,
      name: setup.name,
      domain: setup.name.toLowerCase().replace(/[^a-z0-9]+/g, '-'),
      botToken: setup.botToken ?? freshBotToken(id, '1'),
      botId: stableId('B', id, 'bot'),
      botUserId,
      installation: (setup.installed ?? true) ? 'installed' : 'not_installed',
      scopes: setup.scopes ? new Set(setup.scopes) : 'all',
      people: new Map(),
      channels: new Map(),
      files: new Map(),
      modals: [],
      homes: new Map(),
      statuses: new Map(),
      sessions: new Map(),
      titles: new Map(),
      prompts: new Map(),
    }
    teams.set(id, team)
    addPerson(team, { id: botUserId, name: setup.botName ?? 'brainall', isBot: true })
    return team
  }

  return {
    settings,
    teams,
    changed,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    nextTs,
    addTeam,
    addPerson,
    addChannel(team, { name, kind, members, id }) {
      const prefix = kind === 'im' ? 'D' : kind === 'private' ? 'G' : 'C'
      const channel: SlackChannel = {
        id: id ?? unusedId(prefix, team.channels, team.id, kind, name),
        teamId: team.id,
        name,
        kind,
        createdAt: settings.now(),
        members: new Set(members),
        archived: false,
        messages: new Map(),
        threads: new Map(),
      }
      team.channels.set(channel.id, channel)
      changed({ kind: 'channel', channel })
      return channel
    },
    post,
    expire,
  }
}

export function freshBotToken(teamId: string, generation: string): string {
  const team = stableDigits(13, teamId)
  return `xoxb-${team}-${stableDigits(13, teamId, 'bot')}-${stableHex(24, teamId, 'token', generation)}`
}

/** Adds a version to a message's history and shows the new content. */
export function revise(
  message: SlackMessage,
  next: { text: string; blocks: SlackMessage['blocks'] },
  now: number,
): void {
  message.edits.push({ at: now, text: message.text, blocks: message.blocks })
  message.text = next.text
  message.blocks = next.blocks
  for (const ping of pingsOf(next.text, next.blocks)) message.pings.add(ping)
}

export function liveReplies(channel: SlackChannel, rootTs: string): SlackMessage[] {
  return [...(channel.threads.get(rootTs) ?? [])]
    .map((ts) => channel.messages.get(ts))
    .filter((reply): reply is SlackMessage => reply !== undefined && reply.deletedAt === undefined)
}

function unusedId(prefix: string, taken: ReadonlyMap<string, unknown>, ...parts: readonly string[]): string {
  const wanted = stableId(prefix, ...parts)
  return taken.has(wanted) ? freshId(prefix) : wanted
}

function forgetOldest(channel: SlackChannel, limit: number): void {
  while (channel.messages.size > limit) {
    const [oldest] = channel.messages.keys()
    if (oldest === undefined) return
    channel.messages.delete(oldest)
    channel.threads.delete(oldest)
  }
}
