import type { Capabilities } from '../../src/model/capabilities.ts'

const MEBIBYTE = 1024 * 1024

export const MAX_DOWNLOAD_BYTES = 100 * MEBIBYTE

/**
 * `chat.update` may be called 50 times a minute in a workspace (tier 3), all answers together. A status
 * exists only in threads, and is forgotten after two minutes.
 */
export function capabilities(inThread: boolean): Capabilities {
  return {
    editing: 'full',
    buttons: 'full',
    privateReplies: 'full',
    fileUpload: 'full',
    colouredOutput: false,
    growth: inThread ? 'message' : 'dropped',
    growIntervalMs: 1_000,
    editIntervalMs: 1_500,
    activityRefreshMs: inThread ? 60_000 : 0,
    maxUploadBytes: 100 * MEBIBYTE,
    maxDownloadBytes: MAX_DOWNLOAD_BYTES,
    repost: 'findable',
    tellsDeletions: true,
    commandPrefix: '/',
  }
}
