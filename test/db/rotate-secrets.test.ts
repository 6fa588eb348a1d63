import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createConnectionStore } from '../../src/db/connection-store.ts'
import { migrateDatabase, openDatabase } from '../../src/db/database.ts'
import { rotateSecrets } from '../../src/db/rotate-secrets.ts'
import { createSecretBox } from '../../src/db/secrets.ts'
import { startTestDatabase } from '../support/postgres.ts'
import { createRecordingLogger } from '../support/recording-logger.ts'
import type { TestDatabase } from '../support/test-databases.ts'

const before = createSecretBox('the old key of the hub, long enough')
const after = createSecretBox('the new key of the hub, long enough')
const stranger = createSecretBox('the key of another hub, long enough')
let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await startTestDatabase()
  const open = openDatabase(database.connectionString, createRecordingLogger(), 2)
  await migrateDatabase(open.pool)
  const wanted = { platform: 'somewhere', slug: 'one', name: 'One', credentials: { token: 'canary' } }
  await createConnectionStore(open.db, before).reconcile('environment', [wanted])
  client = new pg.Client({ connectionString: database.connectionString })
  await client.connect()
  await expect(rotateSecrets(client, before, after)).rejects.toMatchObject({ code: 'hub_running' })
  await open.close()
})
afterAll(async () => {
  await client.end()
  await database.close()
})

it('seals every secret with the new key, and may be run again', async () => {
  expect(await rotateSecrets(client, before, after)).toBe(1)
  expect(await rotateSecrets(client, before, after)).toBe(1)
  const { rows } = await client.query<{ credentials: string }>('select credentials from connections')
  expect(after.open(rows[0]?.credentials ?? '')).toContain('canary')
  expect(() => before.open(rows[0]?.credentials ?? '')).toThrow('SECRET_KEY is not the one')
})

it('changes nothing where a secret is of neither key', async () => {
  const was = await client.query('select credentials from connections')
  await expect(rotateSecrets(client, stranger, before)).rejects.toMatchObject({ code: 'secret_unreadable' })
  expect((await client.query('select credentials from connections')).rows).toEqual(was.rows)
})

it('knows every table that holds sealed text', async () => {
  const { rows } = await client.query(
    `select table_name || '.' || column_name as name from information_schema.columns
     where table_schema = 'public' and column_name in ('credentials', 'api_key', 'secret', 'token', 'password', 'refresh_token')
     order by 1`,
  )
  expect(rows.map(({ name }) => name)).toEqual([
    'connections.credentials',
    'model_servers.api_key',
    'second_factors.secret',
  ])
})
