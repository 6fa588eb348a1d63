import { and, desc, eq, gte, lt, sql } from 'drizzle-orm'
import type { ServerId } from '../model/ids.ts'
import type { ModelChoice, ServerFault } from '../ports/model-directory.ts'
import type { ServerHealth } from '../ports/model-registry.ts'
import type { Database } from './database.ts'
import { modelServers, serverFaults, usage } from './schema/operation.ts'
import { openCalls } from './schema/spending.ts'
import { storable } from './storable.ts'

const FAULTS_SHOWN = 30
const FAULTS_KEPT = 200

export async function recordFault(
  db: Database,
  { server, model }: ModelChoice,
  { code, detail, messageId, down }: ServerFault,
): Promise<void> {
  const serverId = server.id as ServerId
  await db.transaction(async (tx) => {
    const [known] = await tx
      .select({ id: modelServers.id })
      .from(modelServers)
      .where(eq(modelServers.id, serverId))
      .for('update')
    if (!known) return
    const words = storable(detail).slice(0, 500)
    const [kept] = await tx
      .insert(serverFaults)
      .values({ serverId, model, code, detail: words, messageId: messageId ?? null })
      .returning({ seq: serverFaults.seq })
    if (kept && kept.seq % 20 === 0) {
      const oldest = tx
        .select({ seq: serverFaults.seq })
        .from(serverFaults)
        .where(eq(serverFaults.serverId, serverId))
        .orderBy(desc(serverFaults.seq))
        .offset(FAULTS_KEPT)
        .limit(1)
      await tx
        .delete(serverFaults)
        .where(and(eq(serverFaults.serverId, serverId), lt(serverFaults.seq, sql`(${oldest})`)))
    }
    if (down)
      await tx
        .update(modelServers)
        .set({ state: 'down', stateDetail: words })
        .where(eq(modelServers.id, serverId))
  })
}

export async function readHealth(db: Database, id: ServerId): Promise<ServerHealth> {
  const [server] = await db
    .select({ name: modelServers.name })
    .from(modelServers)
    .where(eq(modelServers.id, id))
  const [figures] = await db
    .select({
      calls: sql<number>`count(*)::int`,
      failed: sql<number>`(count(*) filter (where outcome not in ('ok', 'interrupted')))::int`,
      median: sql<number | null>`percentile_cont(0.5) within group (order by first_token_ms)`,
      slow: sql<number | null>`percentile_cont(0.95) within group (order by first_token_ms)`,
      pace: sql<
        number | null
      >`sum(completion_tokens) filter (where outcome = 'ok') * 1000.0 / nullif(sum(duration_ms - coalesce(first_token_ms, 0)) filter (where outcome = 'ok'), 0)`,
    })
    .from(usage)
    .where(
      and(
        eq(usage.serverName, server?.name ?? ''),
        eq(usage.kind, 'reply'),
        gte(usage.at, sql`now() - interval '24 hours'`),
      ),
    )
  const [open] = await db
    .select({ running: sql<number>`count(*)::int` })
    .from(openCalls)
    .where(eq(openCalls.serverId, id))
  const faults = await db
    .select()
    .from(serverFaults)
    .where(eq(serverFaults.serverId, id))
    .orderBy(desc(serverFaults.seq))
    .limit(FAULTS_SHOWN)
  const { median, slow, pace } = figures ?? {}
  return {
    calls: figures?.calls ?? 0,
    failed: figures?.failed ?? 0,
    running: open?.running ?? 0,
    firstTokenMs:
      median == null || slow == null ? undefined : { median: Math.round(median), slow: Math.round(slow) },
    tokensPerSecond: pace == null ? undefined : Number(pace),
    faults: faults.map(({ at, model, code, detail, messageId }) => ({
      at,
      code,
      detail,
      model: model ?? undefined,
      messageId: messageId ?? undefined,
    })),
  }
}
