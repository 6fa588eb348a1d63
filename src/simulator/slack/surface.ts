import type { FaultPlan, WireRequest } from '../faults.ts'
import type { Delivery, DeliveryDesk, SendOutcome } from './delivery.ts'
import type { Interactions } from './interactions.ts'
import type {
  ChannelKind,
  SlackChange,
  SlackChannel,
  SlackMessage,
  SlackPerson,
  SlackTeam,
  SlackView,
} from './model.ts'
import type { PersonSide } from './person-side.ts'
import type { SocketMode } from './socket-mode.ts'
import type { WaitOptions } from './waiting.ts'
import type { TeamSetup } from './world.ts'

export interface SlackEmulatorOptions {
  readonly port?: number
  /** Counts calls against Slack's tiers and answers 429; default false. */
  readonly rateLimits?: boolean
  readonly signingSecret?: string
  readonly clientId?: string
  readonly clientSecret?: string
  /** OAuth gives tokens that expire, with refresh tokens; default false. */
  readonly tokenRotation?: boolean
  /** Default: one team named Acme. The same names give the same ids and tokens every time. */
  readonly teams?: readonly TeamSetup[]
  /** Milliseconds since 1970, for timestamps and every expiry except the delivery timers. */
  readonly now?: () => number
  /** Default 3000. */
  readonly ackTimeoutMs?: number
  /** Pauses before the retries of an unacknowledged event; default at once, 1 minute, 5 minutes. */
  readonly retryDelaysMs?: readonly number[]
  /** Default 10,000; Slack's clients give up after 30 s without one. */
  readonly pingIntervalMs?: number
  /** Default 300,000. */
  readonly streamLifeMs?: number
  /** Characters one stream may show; default 12,000. */
  readonly streamTextLimit?: number
  /** Default 20,000; older ones are forgotten. */
  readonly messagesPerChannel?: number
}

export type DeliveryTarget = { readonly kind: 'socket' } | { readonly kind: 'http'; readonly url: string }

export interface SlackEmulator extends PersonSide, Interactions {
  /** No trailing slash. */
  readonly url: string
  /** For `clientOptions.slackApiUrl`. */
  readonly apiUrl: string
  /** For `installerOptions.authorizationUrl`. */
  readonly authorizationUrl: string
  readonly appId: string
  readonly appToken: string
  readonly signingSecret: string
  readonly clientId: string
  readonly clientSecret: string
  readonly teams: ReadonlyMap<string, SlackTeam>
  /** The first team. */
  readonly team: SlackTeam
  readonly faults: FaultPlan
  onRequest(listener: (request: WireRequest) => void): () => void
  onChange(listener: (change: SlackChange) => void): () => void

  addTeam(setup: TeamSetup): SlackTeam
  /** In the first team unless `team` says otherwise. */
  addPerson(person: {
    name: string
    realName?: string
    id?: string
    admin?: boolean
    locale?: string
    team?: SlackTeam
  }): SlackPerson
  /** The bot is in it unless `bot` is false. */
  addChannel(channel: {
    name: string
    kind?: ChannelKind
    members: readonly SlackPerson[]
    bot?: boolean
    id?: string
    team?: SlackTeam
  }): SlackChannel

  /** What people see, oldest first: not deleted; ephemeral messages only for `viewer`. */
  messages(channel: SlackChannel, options?: { threadTs?: string; viewer?: SlackPerson }): SlackMessage[]
  /** Open modals of every team, the topmost last. */
  readonly views: SlackView[]

  /** Where the app is told. Socket Mode at first; for HTTP the URL is verified, and rejected if it fails. */
  deliverTo(target: DeliveryTarget): Promise<void>
  readonly deliveries: readonly Delivery[]
  /** Makes deliveries misbehave; see `DeliveryShape`. */
  shapeDeliveries: DeliveryDesk['shape']
  /** Sends it again under the same event id. Takes the delivery, or a message: then every event it caused. */
  redeliver(what: Delivery | SlackMessage): Promise<SendOutcome[]>
  readonly sockets: Pick<SocketMode, 'open' | 'disconnect' | 'cut'>

  /** OAuth code of a person who consents. */
  consent(team: SlackTeam, redirectUri?: string): string
  /** The old token is refused as `invalid_auth` from then on; the new one is returned. */
  rotateToken(team: SlackTeam): string
  /** Removes the app from the team: events, and `account_inactive` from then on. */
  uninstall(team: SlackTeam): void

  until<Found>(read: () => Found | undefined, options?: WaitOptions): Promise<Found>
  /** The first message of a channel that fits, those already there included. */
  messageWhere(
    channel: SlackChannel,
    fits: (message: SlackMessage) => boolean,
    options?: WaitOptions,
  ): Promise<SlackMessage>
  close(): Promise<void>
}
