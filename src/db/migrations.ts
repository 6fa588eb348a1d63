import { readMigrationFiles } from 'drizzle-orm/migrator'
import { MIGRATIONS } from './database.ts'

export interface Migration {
  /** Digest of its text, as the journal in the database keeps it. */
  readonly hash: string
  /** Milliseconds since the epoch; orders migrations. */
  readonly createdAt: number
  readonly statements: readonly string[]
}

/** Every migration this version of the hub knows, oldest first. */
export function knownMigrations(): readonly Migration[] {
  return readMigrationFiles({ migrationsFolder: MIGRATIONS })
    .map(({ hash, folderMillis, sql }) => ({ hash, createdAt: folderMillis, statements: sql }))
    .sort((a, b) => a.createdAt - b.createdAt)
}
