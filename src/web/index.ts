export { createSetupLink, ensureAdmin } from './actions/set-up.ts'
export { buildWeb } from './app.ts'
export type { Readiness, ReadinessPart, ReceiverPath, WebParts } from './parts.ts'
