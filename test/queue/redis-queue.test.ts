import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, describe, it } from 'vitest'
import { openTicketQueue } from '../../src/queue/index.ts'
import { startRedisServer } from '../support/redis-server.ts'
import { services } from '../support/services.ts'
import type { QueueBackend } from './backend-under-test.ts'
import { describeManyDue, describeTicketQueue } from './contract.ts'
import { describeOutage } from './outage-contract.ts'

const server = await startRedisServer()
const sharedUrl = services.redisUrl ?? server?.url

/** A prefix for each test; a Redis that is shared is left without keys of ours. */
function openPrefixes(redisUrl: string): QueueBackend {
  const run = `test-${randomUUID()}`
  let test = 0
  return {
    open: (log, limits) => openTicketQueue({ redisUrl, prefix: `${run}-${test}`, ...limits }, log),
    reset() {
      test += 1
    },
    async close() {
      const client = new Redis(redisUrl)
      for await (const keys of client.scanStream({ match: `${run}*`, count: 1_000 })) {
        if (keys.length > 0) await client.unlink(keys)
      }
      client.disconnect()
    },
  }
}

afterAll(async () => {
  await server?.stop()
})

if (sharedUrl === undefined) {
  describe('ticket queue on Redis', () => {
    it.skip('needs REDIS_URL, or redis-server on PATH')
  })
} else {
  describe('ticket queue on Redis', () => {
    describeTicketQueue(async () => openPrefixes(sharedUrl))
    describeManyDue(async () => openPrefixes(sharedUrl))
    describe.skipIf(server === undefined)('with the server gone', () => {
      describeOutage(async () => {
        if (server === undefined) throw new Error('No Redis server to stop.')
        return { ...openPrefixes(server.url), stop: server.stop, start: server.start }
      })
    })
  })
}
