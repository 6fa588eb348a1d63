/** A JSON object on the wire. */
export type Wire = Record<string, unknown>

export type ChannelKind = 'public' | 'private' | 'im' | 'mpim'

export interface SlackPerson {
  readonly id: string
  readonly teamId: string
  /** Handle. */
  name: string
  realName: string
  /** As in Slack: `en-US`, `pt-BR`. */
  locale: string
  admin: boolean
  readonly isBot: boolean
}

/** One version of a message that is no longer shown. */
export interface SlackEdit {
  /** Milliseconds, when this version was replaced. */
  readonly at: number
  readonly text: string
  readonly blocks: readonly Wire[] | undefined
}

export type StreamState = 'in_progress' | 'completed' | 'errored' | 'stopped_by_user'

export interface SlackStream {
  state: StreamState
  /** Milliseconds. */
  readonly startedAt: number
  readonly recipientUserId: string | undefined
  appends: number
  /** Latest state of each task card, by task id. */
  readonly tasks: Map<string, Wire>
  planTitle: string | undefined
}

export interface SlackMessage {
  readonly teamId: string
  readonly channelId: string
  readonly ts: string
  /** Milliseconds. */
  readonly postedAt: number
  /** The author; for a bot, its bot user. */
  readonly user: string
  readonly botId: string | undefined
  readonly clientMsgId: string | undefined
  subtype: string | undefined
  text: string
  /** `markdown` when it came as `markdown_text` or as a stream. */
  format: 'mrkdwn' | 'markdown'
  /** Absent until the sender gives some. */
  blocks: Wire[] | undefined
  attachments: Wire[] | undefined
  metadata: Wire | undefined
  readonly threadTs: string | undefined
  /** Set by a person's edit or an update. */
  edited: { user: string; ts: string } | undefined
  /** Earlier versions, oldest first. */
  readonly edits: SlackEdit[]
  /** Milliseconds; absent while it is shown. */
  deletedAt: number | undefined
  /** Only this person sees it. */
  readonly ephemeralFor: string | undefined
  stream: SlackStream | undefined
  readonly files: readonly SlackFile[]
  /** Emoji name to user ids. */
  readonly reactions: Map<string, Set<string>>
  /** Whom any of its versions notified: user ids, `here`, `channel`, `everyone`, user group ids. */
  readonly pings: Set<string>
}

export interface SlackFile {
  readonly id: string
  readonly teamId: string
  readonly user: string
  readonly name: string
  title: string
  readonly mimetype: string
  /** `slack_audio` for a voice clip. */
  readonly subtype: string | undefined
  readonly durationMs: number | undefined
  readonly transcript: string | undefined
  /** Messages carry only its id; the rest has to be asked for by `files.info`. */
  readonly infoOnly: boolean
  readonly createdAt: number
  data: Buffer
  readonly channels: Set<string>
  deleted: boolean
}

export interface SlackChannel {
  readonly id: string
  readonly teamId: string
  name: string
  readonly kind: ChannelKind
  readonly createdAt: number
  /** User ids, the bot user's among them. */
  readonly members: Set<string>
  archived: boolean
  /** By ts, in order of posting, ephemeral and deleted ones too. */
  readonly messages: Map<string, SlackMessage>
  /** Root ts to the ts of its replies. */
  readonly threads: Map<string, Set<string>>
}

export interface SlackView {
  readonly id: string
  readonly teamId: string
  /** Who sees it. */
  readonly personId: string
  readonly type: 'modal' | 'home'
  /** As the app sent it, block and action ids filled in. */
  view: Wire
  hash: string
  readonly rootId: string
  readonly previousId: string | undefined
  /** What the app answered to the last submission, by block id. */
  errors: Record<string, string>
}

export interface AssistantStatus {
  readonly channelId: string
  readonly threadTs: string
  readonly status: string
  readonly loadingMessages: readonly string[]
  /** Milliseconds. */
  readonly setAt: number
}

export interface AgentSession {
  readonly channelId: string
  readonly threadTs: string
  status: 'active' | 'processing' | 'suspended' | 'closed'
  title: string | undefined
}

export interface SlackTeam {
  readonly id: string
  name: string
  readonly domain: string
  botToken: string
  readonly botId: string
  readonly botUserId: string
  /** `installed` works; the others are how the bot token is refused. */
  installation: 'installed' | 'not_installed' | 'account_inactive' | 'token_revoked'
  readonly scopes: ReadonlySet<string> | 'all'
  readonly people: Map<string, SlackPerson>
  readonly channels: Map<string, SlackChannel>
  readonly files: Map<string, SlackFile>
  /** Open modals, the topmost last. */
  readonly modals: SlackView[]
  /** App homes by person. */
  readonly homes: Map<string, SlackView>
  /** By `threadKey`. */
  readonly statuses: Map<string, AssistantStatus>
  readonly sessions: Map<string, AgentSession>
  readonly titles: Map<string, string>
  readonly prompts: Map<string, Wire[]>
}

export function threadKey(channelId: string, threadTs: string | undefined): string {
  return `${channelId}:${threadTs ?? ''}`
}

export type SlackChange =
  | { readonly kind: 'message'; readonly message: SlackMessage }
  | { readonly kind: 'channel'; readonly channel: SlackChannel }
  | { readonly kind: 'view'; readonly view: SlackView }
  | { readonly kind: 'status' | 'session'; readonly teamId: string; readonly thread: string }
  | { readonly kind: 'team'; readonly teamId: string }
  | { readonly kind: 'delivery'; readonly id: string }
