export interface DiscordAttachment {
  readonly id: string
  readonly filename: string
  readonly contentType: string
  readonly size: number
  readonly description: string | undefined
  readonly durationSeconds: number | undefined
  /** Base64, at most 256 points. */
  readonly waveform: string | undefined
}
