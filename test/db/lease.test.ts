import { eq, sql } from 'drizzle-orm'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAnswerStore } from '../../src/db/answer-store.ts'
import { migrateDatabase, type OpenDatabase, openDatabase } from '../../src/db/database.ts'
import { conversations, messages } from '../../src/db/schema/conversation.ts'
import { answers, turns } from '../../src/db/schema/work.ts'
import { openSignals } from '../../src/db/signals.ts'
import { createTurnStore } from '../../src/db/turn-store.ts'
import { externalId } from '../../src/model/ids.ts'
import type { ClaimedTurn } from '../../src/model/work.ts'
import { startTestDatabase } from '../support/postgres.ts'
import { createRecordingLogger } from '../support/recording-logger.ts'
import type { TestDatabase } from '../support/test-databases.ts'
import { sampleHub } from '../web/sample-hub.ts'

const LEASE_MS = 60_000

describe('a holder whose conversation was taken over', () => {
  let database: TestDatabase
  let open: OpenDatabase
  let turn: ClaimedTurn
  beforeEach(async () => {
    database = await startTestDatabase()
    open = openDatabase(database.connectionString, createRecordingLogger())
    await migrateDatabase(open.pool)
    const hub = sampleHub(open.db)
    const connectionId = await hub.connection('telegram', 'Brain')
    const place = await hub.channel(connectionId, await hub.workspace(connectionId, 'Team'), null)
    const personId = await hub.person(connectionId, 'Ana')
    const conversationId = await hub.conversation(place)
    const message = { ...place, personId, conversationId, externalId: externalId('m1') }
    const [asked] = await open.db
      .insert(messages)
      .values({ ...message, text: 'hello', at: new Date(), target: { channel: externalId('c1') } })
      .returning({ id: messages.id })
    if (!asked) throw new Error('no message')
    const work = {
      workspaceId: place.workspaceId,
      conversationId,
      messageId: asked.id,
      step: 'reply' as const,
    }
    await open.db.insert(turns).values(work)
    const claimed = await createTurnStore(open.db).claim('reply', connectionId, LEASE_MS)
    if (!claimed) throw new Error('nothing to claim')
    turn = claimed
  })
  afterEach(async () => {
    await open.close()
    await database.close()
  })

  it('writes nothing, not even what it began before the other had committed', async () => {
    const store = createAnswerStore(open.db)
    const answer = await store.open(turn)
    await store.checkpoint(turn.lease, answer.id, { text: 'before' })
    const part = await store.addPart(answer.id, 0)

    const other = new pg.Client({ connectionString: database.connectionString })
    await other.connect()
    await other.query('begin')
    await other.query('update conversations set lease_fence = lease_fence + 1 where id = $1', [
      turn.conversationId,
    ])
    const attempts = Promise.allSettled([
      store.open(turn),
      store.checkpoint(turn.lease, answer.id, { text: 'too late', complete: true }),
      store.beginPost(turn.lease, part.id),
    ])
    await expect
      .poll(async () => {
        const { rows } = await open.pool.query<{ waiting: number }>(
          `select count(*)::int as waiting from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock'`,
        )
        return rows[0]?.waiting
      })
      .toBe(3)
    await other.query('commit')
    await other.end()

    const lost = { status: 'rejected', reason: { code: 'lease_lost' } }
    expect(await attempts).toMatchObject([lost, lost, lost])
    const now = await store.load(answer.id)
    expect(now).toMatchObject({ text: 'before', state: 'growing', parts: [{ inDoubt: false }] })
  })

  it('counts no death any more once the text has moved on', async () => {
    await open.db.update(turns).set({ deaths: 4 }).where(eq(turns.id, turn.id))
    const store = createAnswerStore(open.db)
    const answer = await store.open(turn)
    await store.checkpoint(turn.lease, answer.id, { controls: [] })
    const deaths = () => open.db.select({ deaths: turns.deaths }).from(turns).where(eq(turns.id, turn.id))
    expect(await deaths()).toEqual([{ deaths: 4 }])
    await store.checkpoint(turn.lease, answer.id, { text: 'more' })
    expect(await deaths()).toEqual([{ deaths: 0 }])
    const rows = await open.db.select({ id: answers.id }).from(answers).where(eq(answers.turnId, turn.id))
    expect(rows).toHaveLength(1)
  })

  it('is succeeded early once its session has ended, and not while it lives', async () => {
    const store = createTurnStore(open.db)
    const signals = await openSignals(database.connectionString, open.pool, createRecordingLogger())
    await signals.announce(turn.lease.owner)
    const overdue = { leaseUntil: sql`now() + interval '4 seconds'` }
    await open.db.update(conversations).set(overdue).where(eq(conversations.id, turn.conversationId))
    expect(await store.claimableSteps()).toEqual([])
    await signals.close()
    await expect.poll(() => store.claimableSteps(), { timeout: 2_000 }).toEqual(['reply'])
  })
})
