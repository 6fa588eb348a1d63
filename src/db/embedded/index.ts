export { claimDataDir, type DataDirClaim } from './hub-lock.ts'
export { type EmbeddedDatabase, type EmbeddedOptions, openEmbeddedDatabase } from './open.ts'
