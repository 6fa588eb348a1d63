import { and, asc, eq, notInArray, sql } from 'drizzle-orm'
import { asHubError, HubError } from '../model/errors.ts'
import type { ServerId } from '../model/ids.ts'
import type { ModelChoice, ModelDirectory } from '../ports/model-directory.ts'
import type { ModelRegistry, NewServer } from '../ports/model-registry.ts'
import type { ModelServer, ReplyModel } from '../ports/reply-model.ts'
import type { Database, Transaction } from './database.ts'
import { modelServers, models } from './schema/operation.ts'
import type { SecretBox } from './secrets.ts'
import { storable } from './storable.ts'

type ServerRow = typeof modelServers.$inferSelect

/** Time for a server to say what it lists. */
const LIST_LIMIT_MS = 8_000

/** Servers and their models, for the workers who choose (`ModelDirectory`) and the admin who looks after them. */
export function createModelStore(
  db: Database,
  secrets: SecretBox,
  list: ReplyModel['list'],
): ModelRegistry & ModelDirectory {
  const asServer = (row: ServerRow): ModelServer => ({
    id: row.id,
    name: row.name,
    baseUrl: row.baseUrl,
    ...(row.apiKey === null ? {} : { apiKey: secrets.open(row.apiKey) }),
  })
  const stored = (server: NewServer, source: ServerRow['source']) => ({
    name: storable(server.name),
    purpose: server.purpose,
    baseUrl: server.baseUrl,
    apiKey: server.apiKey === undefined ? null : secrets.seal(server.apiKey),
    defaultModel: server.defaultModel ?? null,
    source,
  })

  const refreshOne = async (row: ServerRow, signal: AbortSignal): Promise<void> => {
    try {
      const listed = await list(asServer(row), AbortSignal.any([signal, AbortSignal.timeout(LIST_LIMIT_MS)]))
      await db.transaction(async (tx) => await keepListed(tx, row.id, listed))
    } catch (error) {
      if (signal.aborted) throw error
      const failure = asHubError(error)
      await db
        .update(modelServers)
        .set({ state: 'down', stateDetail: storable(failure.message).slice(0, 500), checkedAt: sql`now()` })
        .where(eq(modelServers.id, row.id))
    }
  }

  return {
    async list() {
      const rows = await db.select().from(modelServers).orderBy(asc(modelServers.name))
      const listed = await db.select().from(models).orderBy(asc(models.name))
      return rows.map((row) => ({
        id: row.id,
        name: row.name,
        purpose: row.purpose,
        baseUrl: row.baseUrl,
        hasApiKey: row.apiKey !== null,
        source: row.source,
        defaultModel: row.defaultModel ?? undefined,
        state: row.state,
        stateDetail: row.stateDetail ?? undefined,
        checkedAt: row.checkedAt ?? undefined,
        models: listed
          .filter(({ serverId }) => serverId === row.id)
          .map(({ name, contextLength }) => ({ name, ...(contextLength === null ? {} : { contextLength }) })),
      }))
    },

    async add(server) {
      const [row] = await db
        .insert(modelServers)
        .values(stored(server, 'admin'))
        .onConflictDoNothing()
        .returning()
      if (!row) throw new HubError('name_taken', 'another model server has this name')
      return row.id
    },

    async remove(id) {
      const [row] = await db.select().from(modelServers).where(eq(modelServers.id, id))
      if (!row) return false
      if (row.source !== 'admin') throw new HubError('read_only', 'this server is named by the environment')
      await db.delete(modelServers).where(eq(modelServers.id, id))
      return true
    },

    async reconcile(source, wanted) {
      await db.transaction(async (tx) => {
        await tx.execute(sql`lock table ${modelServers} in share row exclusive mode`)
        const others = (await tx.select().from(modelServers)).filter((row) => row.source !== source)
        const free = wanted.map((server) =>
          others.some(({ name }) => name === server.name)
            ? { ...server, name: `${server.name} (${source})` }
            : server,
        )
        for (const server of free) {
          const values = stored(server, source)
          await tx
            .insert(modelServers)
            .values(values)
            .onConflictDoUpdate({ target: modelServers.name, set: values })
        }
        const names = free.map(({ name }) => name)
        await tx
          .delete(modelServers)
          .where(
            and(
              eq(modelServers.source, source),
              names.length > 0 ? notInArray(modelServers.name, names) : undefined,
            ),
          )
      })
    },

    async refresh(signal, id) {
      const rows = await db
        .select()
        .from(modelServers)
        .where(id === undefined ? undefined : eq(modelServers.id, id))
      await Promise.all(rows.map((row) => refreshOne(row, signal)))
    },

    async choose(model) {
      const rows = await db
        .select({ server: modelServers, model: models.name, contextLength: models.contextLength })
        .from(models)
        .innerJoin(modelServers, eq(modelServers.id, models.serverId))
        .where(eq(modelServers.purpose, 'chat'))
        .orderBy(
          sql`${modelServers.state} = 'down'`,
          sql`${modelServers.source} <> 'environment'`,
          asc(modelServers.name),
          asc(models.name),
        )
      const preferred = rows.find(({ server, model: name }) => server.defaultModel === name)
      const wanted = model ?? preferred?.model ?? rows[0]?.model ?? (await environmentModel(db))
      const choices = rows
        .filter((row) => row.model === wanted)
        .map(
          (row): ModelChoice => ({
            server: asServer(row.server),
            model: row.model,
            contextLength: row.contextLength ?? undefined,
          }),
        )
      if (choices.length > 0 || wanted === undefined) return choices
      // A server that could not be asked yet may still have the model its operator named.
      const unasked = await db
        .select()
        .from(modelServers)
        .where(and(eq(modelServers.purpose, 'chat'), eq(modelServers.defaultModel, wanted)))
      return unasked.map((row) => ({ server: asServer(row), model: wanted, contextLength: undefined }))
    },

    async hasChatServer() {
      const [row] = await db
        .select({ id: modelServers.id })
        .from(modelServers)
        .where(eq(modelServers.purpose, 'chat'))
        .limit(1)
      return row !== undefined
    },

    async speech() {
      const [row] = await db
        .select()
        .from(modelServers)
        .where(eq(modelServers.purpose, 'speech'))
        .orderBy(
          sql`${modelServers.state} = 'down'`,
          sql`${modelServers.source} <> 'environment'`,
          asc(modelServers.name),
        )
        .limit(1)
      return row && { server: asServer(row), model: row.defaultModel ?? undefined }
    },
  }
}

async function keepListed(
  tx: Transaction,
  serverId: ServerId,
  listed: Awaited<ReturnType<ReplyModel['list']>>,
): Promise<void> {
  const [row] = await tx
    .update(modelServers)
    .set({ state: 'up', stateDetail: null, checkedAt: sql`now()` })
    .where(eq(modelServers.id, serverId))
    .returning({ id: modelServers.id })
  if (!row) return
  const names = listed.map(({ name }) => storable(name))
  await tx
    .delete(models)
    .where(and(eq(models.serverId, serverId), names.length > 0 ? notInArray(models.name, names) : undefined))
  for (const { name, contextLength } of listed) {
    const values = {
      serverId,
      name: storable(name),
      contextLength: contextLength ?? null,
      seenAt: sql`now()`,
    }
    await tx
      .insert(models)
      .values(values)
      .onConflictDoUpdate({ target: [models.serverId, models.name], set: values })
  }
}

async function environmentModel(db: Database): Promise<string | undefined> {
  const [row] = await db
    .select({ model: modelServers.defaultModel })
    .from(modelServers)
    .where(and(eq(modelServers.purpose, 'chat'), sql`default_model is not null`))
    .limit(1)
  return row?.model ?? undefined
}
