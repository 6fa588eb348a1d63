/** What a person will see if the hub uses the ability: as meant, reduced, by a substitute, or not at all. */
export type SupportLevel = 'full' | 'partial' | 'fallback' | 'dropped'

/** What a platform can do in one place, as data. The core branches on this, never on a platform's name. */
export interface Capabilities {
  readonly editing: SupportLevel
  readonly buttons: SupportLevel
  readonly privateReplies: SupportLevel
  readonly fileUpload: SupportLevel
  /** Fences named `ansi` show the colours of terminals. */
  readonly colouredOutput: boolean
  /**
   * Whether the platform itself shows a text growing (`Sender.grow`): as a message, which another process can go
   * on with, or as a fleeting preview beside the conversation, of which nothing stays.
   */
  readonly growth: 'message' | 'preview' | 'dropped'
  /** Least time between two growings of one answer, in milliseconds. */
  readonly growIntervalMs: number
  /** Least time between two edits of one answer, in milliseconds. */
  readonly editIntervalMs: number
  /** The first so many edits of an answer may come faster: the platform allows a burst. */
  readonly firstEdits?: { readonly count: number; readonly intervalMs: number }
  /** The platform forgets a typing signal after this long; 0: there is none. */
  readonly activityRefreshMs: number
  readonly maxUploadBytes: number
  readonly maxDownloadBytes: number
  /**
   * What sending a part again after an unknown outcome does: `idempotent`: the platform recognizes the
   * key; `findable`: `Sender.findPosted` can look; `blind`: it may show twice.
   */
  readonly repost: 'idempotent' | 'findable' | 'blind'
  /** Whether the platform tells that a person deleted a message; where not, answers carry a button for it. */
  readonly tellsDeletions: boolean
  /** What stands before a command's name when a person types it here. */
  readonly commandPrefix: '/' | '!'
}
