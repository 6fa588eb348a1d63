import type pg from 'pg'
import { HubError } from '../model/errors.ts'
import type { SecretBox } from './secrets.ts'

/** Every column that holds what a SecretBox sealed, and what finds its row. */
const SEALED = [
  { table: 'connections', key: 'id', column: 'credentials' },
  { table: 'model_servers', key: 'id', column: 'api_key' },
  { table: 'second_factors', key: 'admin_id', column: 'secret' },
] as const

/**
 * Seals everything anew, all or nothing, and gives how many secrets there are. What is sealed with the new key
 * already stays, so that it can be run again. Rejects with `hub_running` while a hub has the database open, and
 * with `secret_unreadable` where a secret is of neither key.
 */
export async function rotateSecrets(
  client: pg.ClientBase,
  before: SecretBox,
  after: SecretBox,
): Promise<number> {
  await client.query('begin')
  try {
    const others = await client.query(
      `select 1 from pg_stat_activity
       where datname = current_database() and application_name like 'brainall%' and pid <> pg_backend_pid()`,
    )
    if (others.rows.length > 0) throw new HubError('hub_running', 'stop every process of the hub first')
    let count = 0
    for (const { table, key, column } of SEALED) {
      const { rows } = await client.query<{ key: string; sealed: string }>(
        `select ${key} as key, ${column} as sealed from ${table} where ${column} is not null and ${column} <> '' for update`,
      )
      for (const row of rows) {
        const plain = openWithEither(row.sealed, before, after)
        await client.query(`update ${table} set ${column} = $2 where ${key} = $1`, [
          row.key,
          after.seal(plain),
        ])
        count += 1
      }
    }
    await client.query(
      `insert into audit (actor, action, target, after) values ('command', 'secrets.rotated', 'hub', $1)`,
      [{ secrets: count }],
    )
    await client.query('commit')
    return count
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

function openWithEither(sealed: string, before: SecretBox, after: SecretBox): string {
  try {
    return before.open(sealed)
  } catch {
    return after.open(sealed)
  }
}
