import { to as copyTo } from 'pg-copy-streams'
import { HubError } from '../model/errors.ts'
import {
  type Connection,
  columnsOf,
  inPublic,
  type Journal,
  listSequences,
  listTables,
  quoted,
  readJournal,
} from './catalogue.ts'
import type { BackupRecord } from './format.ts'
import { keptFiles } from './kept-files.ts'

export interface Snapshot {
  readonly tables: readonly string[]
  readonly migrations: readonly Journal[]
  readonly createdAt: Date
}

/**
 * Opens the transaction whose one moment everything is read from. The locks keep the schema as it is until
 * the end; they stop nobody who reads or writes.
 */
export async function openSnapshot(client: Connection): Promise<Snapshot> {
  await client.query('begin isolation level repeatable read read only')
  const tables = await listTables(client)
  const migrations = await readJournal(client)
  if (tables.length === 0 || migrations.length === 0)
    throw new HubError('backup_nothing', 'There is nothing to back up: no hub ever ran on this database.')
  await client.query(`lock table ${tables.map(inPublic).join(', ')} in access share mode`)
  const { rows } = await client.query<{ now: Date }>('select now() as now')
  return { tables, migrations, createdAt: rows[0]?.now ?? new Date() }
}

/** Everything in the snapshot, and the kept files. Fills `rows` as it goes. */
export async function* dump(
  client: Connection,
  { tables }: Snapshot,
  origin: { readonly secretKeyDigest: string; readonly filesRoot: string },
): AsyncGenerator<BackupRecord> {
  const { rows: newest } = await client.query<{ at: Date | null }>(
    'select max(received_at) as at from messages',
  )
  yield {
    kind: 'origin',
    secretKeyDigest: origin.secretKeyDigest,
    newestMessageAt: newest[0]?.at?.toISOString() ?? null,
  }
  const rows: Record<string, number> = {}
  for (const name of tables) {
    const columns = await columnsOf(client, name)
    yield { kind: 'table', name, columns }
    const copy = client.query(copyTo(`copy ${inPublic(name)} (${columns.map(quoted).join(', ')}) to stdout`))
    for await (const bytes of copy) yield { kind: 'data', bytes }
    rows[name] = copy.rowCount
  }
  // After the tables: sequences know no snapshot, and must not stand behind a row that was copied.
  yield { kind: 'sequences', sequences: await readSequences(client) }
  let files = 0
  for await (const record of keptFiles(origin.filesRoot)) {
    if (record.kind === 'file') files += 1
    yield record
  }
  yield { kind: 'end', rows, files }
}

async function readSequences(client: Connection) {
  const found: { name: string; value: string; called: boolean }[] = []
  for (const name of await listSequences(client)) {
    const { rows } = await client.query<{ value: string; called: boolean }>(
      `select last_value as value, is_called as called from ${inPublic(name)}`,
    )
    for (const { value, called } of rows) found.push({ name, value: String(value), called })
  }
  return found
}
