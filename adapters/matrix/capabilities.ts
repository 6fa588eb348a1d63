import type { Capabilities } from '../../src/model/capabilities.ts'

const MEBIBYTE = 1024 * 1024

/** Synapse as installed lets an account send 0.2 events a second after a burst of ten; edits are events. */
export const CAPABILITIES: Capabilities = {
  editing: 'full',
  buttons: 'dropped',
  privateReplies: 'dropped',
  fileUpload: 'full',
  colouredOutput: false,
  growth: 'dropped',
  growIntervalMs: 0,
  editIntervalMs: 5_000,
  firstEdits: { count: 4, intervalMs: 1_500 },
  activityRefreshMs: 15_000,
  maxUploadBytes: 50 * MEBIBYTE,
  maxDownloadBytes: 50 * MEBIBYTE,
  repost: 'idempotent',
  tellsDeletions: true,
  commandPrefix: '!',
}
