import type { Capabilities } from '../../src/model/capabilities.ts'

const MEBIBYTE = 1024 * 1024
export const MAX_DOWNLOAD_BYTES = 25 * MEBIBYTE

/**
 * `interactive`: an interaction's token still serves. Its messages take no nonce, so what it posted twice may
 * show twice; ordinary messages are recognized by their enforced nonce for a few minutes.
 */
export function capabilities(interactive: boolean): Capabilities {
  return {
    editing: 'full',
    buttons: 'full',
    privateReplies: interactive ? 'full' : 'dropped',
    fileUpload: 'full',
    colouredOutput: true,
    growth: 'dropped',
    growIntervalMs: 0,
    // Five edits in five seconds a channel, and other answers share them.
    editIntervalMs: 1_200,
    // Typing shows for ten seconds; an interaction shows its own "thinking" instead.
    activityRefreshMs: interactive ? 0 : 9_000,
    maxUploadBytes: 10 * MEBIBYTE,
    maxDownloadBytes: MAX_DOWNLOAD_BYTES,
    repost: interactive ? 'blind' : 'idempotent',
    tellsDeletions: true,
    commandPrefix: '/',
  }
}
