export { type BackupParts, type MadeBackup, makeBackup } from './backup.ts'
export { type BackupContents, inspectBackup } from './contents.ts'
export { type RestoreParts, type RestoreReport, restoreBackup } from './restore.ts'
export { type Backups, type ScheduleParts, startBackups } from './schedule.ts'
