import type { Capabilities } from '../../src/model/capabilities.ts'

const MEBIBYTE = 1024 * 1024

/** One message a second in a chat; twenty a minute in a group, edits counted (core.telegram.org/bots/faq). */
export function capabilities(direct: boolean): Capabilities {
  return {
    editing: 'full',
    buttons: 'full',
    privateReplies: 'dropped',
    fileUpload: 'full',
    colouredOutput: false,
    growth: direct ? 'preview' : 'dropped',
    growIntervalMs: 400,
    editIntervalMs: direct ? 1_100 : 3_100,
    activityRefreshMs: 4_500,
    maxUploadBytes: 50 * MEBIBYTE,
    maxDownloadBytes: 20 * MEBIBYTE,
    repost: 'blind',
    tellsDeletions: false,
    commandPrefix: '/',
  }
}
