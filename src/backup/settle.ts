import type { SecretBox } from '../db/secrets.ts'
import type { Connection } from './catalogue.ts'

export interface Settled {
  readonly cancelledTurns: number
  readonly undeliverableAnswers: number
}

/**
 * After this nothing of the backup is answered or sent again: what the lost hub did after the backup was made is
 * not known here, and may have been seen in the chats. Receivers begin at now, since a position of the past would
 * bring back messages that were answered since; sessions that were ended since stay ended.
 */
export async function settleWork(client: Connection): Promise<Settled> {
  const turns = await client.query(`
    with ended as (
      update turns set state = 'cancelled', finished_at = now(), not_before = null
      where state in ('ready', 'working') returning workspace_id, message_id
    )
    insert into decisions (workspace_id, message_id, code, detail)
    select workspace_id, message_id, 'restored', '{}'::jsonb from ended`)
  const answers = await client.query(`
    update answers set state = 'undeliverable', delivering_until = null, not_before = null
    where state in ('growing', 'complete')`)
  await client.query('update connections set cursor = null')
  await client.query('update sessions set revoked_at = now() where revoked_at is null')
  await client.query('update setup_links set used_at = now() where used_at is null')
  return { cancelledTurns: turns.rowCount ?? 0, undeliverableAnswers: answers.rowCount ?? 0 }
}

/** Nobody who held a lease when the backup was made is there now. */
export async function clearLeases(client: Connection): Promise<void> {
  await client.query(`
    update conversations set lease_owner = null, lease_until = null, lease_fence = lease_fence + 1
    where lease_owner is not null or lease_until is not null`)
  await client.query(`
    update connections set lease_owner = null, lease_until = null, lease_fence = lease_fence + 1,
      state = 'connecting', state_detail = null, state_at = now()`)
}

/** What was sealed with a key that is lost is emptied, so that a hub with a new key starts. Resolves with how many. */
export async function forgetUnreadable(client: Connection, secrets: SecretBox): Promise<number> {
  const isReadable = (sealed: string): boolean => {
    try {
      secrets.open(sealed)
      return true
    } catch {
      return false
    }
  }
  const connections = await client.query<{ id: string; credentials: string }>(
    'select id, credentials from connections',
  )
  const servers = await client.query<{ id: string; api_key: string }>(
    'select id, api_key from model_servers where api_key is not null',
  )
  const lost = connections.rows.filter(({ credentials }) => !isReadable(credentials))
  const lostKeys = servers.rows.filter(({ api_key }) => !isReadable(api_key))
  for (const { id } of lost)
    await client.query('update connections set credentials = $2, version = version + 1 where id = $1', [
      id,
      secrets.seal('{}'),
    ])
  for (const { id } of lostKeys)
    await client.query('update model_servers set api_key = null where id = $1', [id])
  return lost.length + lostKeys.length
}
