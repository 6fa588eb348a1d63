import { describe } from 'vitest'
import { openTicketQueue } from '../../src/queue/index.ts'
import { startTestDatabase } from '../support/postgres.ts'
import { startPostgresServer } from '../support/postgres-server.ts'
import { createDatabase } from '../support/test-databases.ts'
import type { QueueBackend, StoppableBackend } from './backend-under-test.ts'
import { describeManyDue, describeTicketQueue } from './contract.ts'
import { describeOutage } from './outage-contract.ts'

/** A schema for each test. */
function openSchemas(databaseUrl: string, close: () => Promise<void>): QueueBackend {
  let test = 0
  return {
    open: (log, limits) => openTicketQueue({ databaseUrl, schema: `queue_${test}`, ...limits }, log),
    reset() {
      test += 1
    },
    close,
  }
}

async function openDatabase(): Promise<QueueBackend> {
  const database = await startTestDatabase()
  return openSchemas(database.connectionString, database.close)
}

async function openOwnServer(): Promise<StoppableBackend> {
  const server = await startPostgresServer({ restartable: true })
  if (server === undefined) throw new Error('No PostgreSQL binaries to start and stop a server with.')
  const database = await createDatabase(server.connectionString('postgres'))
  return { ...openSchemas(database.connectionString, server.close), stop: server.stop, start: server.start }
}

describe('ticket queue on PostgreSQL', () => {
  describeTicketQueue(openDatabase)
  describeManyDue(openDatabase)
  describe('with the server gone', () => describeOutage(openOwnServer))
})
