import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { migrateQueueSchema } from '../../src/queue/postgres-migration.ts'
import { startTestDatabase } from '../support/postgres.ts'
import type { TestDatabase } from '../support/test-databases.ts'

let database: TestDatabase
let client: pg.Client

beforeAll(async () => {
  database = await startTestDatabase()
  client = new pg.Client({ connectionString: database.connectionString })
  await client.connect()
})

afterAll(async () => {
  await client?.end()
  await database?.close()
})

it('finds the promotion that deadlocks in what BullMQ installs; when it does not, drop or renew the cure', async () => {
  expect(await migrateQueueSchema(client, 'bullmq')).toBe('cured now')
})

it('leaves a cured schema alone', async () => {
  expect(await migrateQueueSchema(client, 'bullmq')).toBe('cured before')
})

it('migrates for a role that owns its database and is no superuser', async () => {
  const { rows } = await client.query('SELECT usesuper FROM pg_user WHERE usename = current_user')
  expect(rows).toEqual([{ usesuper: false }])
})

it('promotes due tickets past those that another worker is promoting', async () => {
  const otherWorker = new pg.Client({ connectionString: database.connectionString })
  await otherWorker.connect()
  try {
    for (const session of [client, otherWorker]) await session.query('SET search_path = bullmq')
    for (const id of ['first', 'second']) {
      await client.query(
        `SELECT add_job('due', $1, 'ticket', '{}', '{}', 0, 1, 1000, 1, NULL, NULL, NULL, NULL, NULL, false)`,
        [id],
      )
    }
    await otherWorker.query('BEGIN')
    await otherWorker.query(`SELECT FROM job WHERE id = 'first' FOR UPDATE`)
    await client.query(`SET statement_timeout = '3s'`)
    const { rows } = await client.query<{ id: string; state: string }>(
      `SELECT id, state FROM move_to_active('due', 'token', 30000, 2000, 'worker', NULL, NULL)`,
    )
    expect(rows).toEqual([{ id: 'second', state: 'active' }])
  } finally {
    await otherWorker.end()
  }
})
