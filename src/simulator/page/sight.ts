export const PLATFORMS = ['slack', 'discord', 'telegram', 'matrix'] as const
export type Platform = (typeof PLATFORMS)[number]

export const FAULT_TARGETS = [...PLATFORMS, 'model', 'whisper'] as const
export type FaultTarget = (typeof FAULT_TARGETS)[number]
export const FAULT_KINDS = ['slow', 'limited', 'duplicating', 'dead', 'breaking'] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

type Json = Readonly<Record<string, unknown>>

/** Somebody in a chat. `key` names a person of the cast on every platform, or is `bot`. */
export interface PersonSight {
  readonly key: string
  readonly name: string
}

export interface ChannelSight {
  readonly id: string
  readonly name: string
  readonly kind: 'channel' | 'direct' | 'thread'
  readonly parentId?: string | undefined
  /** Keys of those who see it. */
  readonly members: readonly string[]
  readonly busy: readonly BusySight[]
}

/** Somebody types, or says what it is doing. */
export interface BusySight {
  readonly name: string
  readonly text: string
  readonly threadRoot?: string | undefined
}

export interface FileSight {
  readonly id: string
  readonly name: string
  readonly mimetype: string
  readonly bytes: number
  readonly kind: 'voice' | 'image' | 'file'
  readonly seconds?: number | undefined
}

export interface ReactionSight {
  /** Emoji, or Slack's name of one. */
  readonly emoji: string
  readonly by: readonly string[]
}

export type MessageBody =
  | {
      readonly kind: 'slack'
      readonly text: string
      readonly format: 'mrkdwn' | 'markdown'
      readonly blocks: readonly Json[] | undefined
      readonly attachments: readonly Json[] | undefined
      readonly tasks: readonly Json[]
      /** Names by id, for mentions in the text. */
      readonly names: Readonly<Record<string, string>>
    }
  | {
      readonly kind: 'discord'
      readonly content: string
      readonly embeds: readonly Json[]
      readonly components: readonly Json[]
      readonly names: Readonly<Record<string, string>>
    }
  | {
      readonly kind: 'telegram'
      readonly text: string
      readonly entities: readonly object[]
      readonly rich: { readonly format: 'markdown' | 'html' | 'blocks'; readonly source: string } | undefined
      readonly keyboard: unknown
    }
  | {
      readonly kind: 'matrix'
      readonly text: string
      readonly html: string | undefined
      readonly isNotice: boolean
    }
  | { readonly kind: 'gone' }
  | { readonly kind: 'waiting'; readonly text: string; readonly failed: boolean }

export interface MessageSight {
  readonly id: string
  readonly channelId: string
  readonly author: PersonSight
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly isEdited: boolean
  /** Still being written. */
  readonly isLive: boolean
  /** Key of the only person who sees it. */
  readonly onlyFor?: string | undefined
  /** Message this one answers. */
  readonly replyTo?: string | undefined
  /** First message of the thread this one stands in. */
  readonly threadRoot?: string | undefined
  /** Channel of the thread that was opened on this message. */
  readonly threadChannel?: string | undefined
  /** What the author would edit. */
  readonly source?: string | undefined
  /** A line above the message: who used which command. */
  readonly lead?: string | undefined
  readonly body: MessageBody
  readonly files: readonly FileSight[]
  readonly reactions: readonly ReactionSight[]
}

export interface FormField {
  readonly name: string
  readonly label: string
  readonly kind: 'line' | 'lines' | 'choice' | 'choices' | 'note'
  readonly value: string
  readonly options: readonly { readonly label: string; readonly value: string }[]
  readonly isRequired: boolean
  readonly maxLength?: number | undefined
  readonly placeholder?: string | undefined
  readonly error?: string | undefined
}

export interface FormSight {
  readonly id: string
  readonly onlyFor: string
  readonly title: string
  readonly submit: string
  readonly fields: readonly FormField[]
}

export interface CommandSight {
  /** As typed, with its slash or exclamation mark. */
  readonly name: string
  readonly description: string
}

/** A short message to one person that is no chat message. */
export interface NoticeSight {
  readonly id: string
  readonly onlyFor: string
  readonly text: string
}

/** A pane without its messages. */
export interface PaneSight {
  readonly place: string
  readonly bot: PersonSight
  /** What the mention button inserts. */
  readonly mention: string
  readonly isConnected: boolean
  readonly channels: readonly ChannelSight[]
  readonly commands: readonly CommandSight[]
  /** What the bot offers on a message. */
  readonly messageCommands: readonly string[]
  readonly forms: readonly FormSight[]
  readonly notices: readonly NoticeSight[]
}

export interface StageSight {
  readonly people: readonly PersonSight[]
  readonly faults: Readonly<Partial<Record<FaultTarget, FaultKind>>>
  readonly faultChoices: Readonly<Record<FaultTarget, readonly FaultKind[]>>
  readonly adminUrl?: string | undefined
  readonly modelUrl: string
}

export type NumberedMessage = MessageSight & { readonly order: number }

/** Everything the page shows, as sent when it connects. */
export interface WholeSight {
  readonly stage: StageSight
  readonly panes: Readonly<
    Record<Platform, { readonly sight: PaneSight; readonly messages: readonly NumberedMessage[] }>
  >
}

/** What changed since. */
export type SightChange =
  | { readonly kind: 'stage'; readonly stage: StageSight }
  | {
      readonly kind: 'pane'
      readonly platform: Platform
      readonly sight?: PaneSight
      readonly messages: readonly NumberedMessage[]
      readonly gone: readonly string[]
    }
