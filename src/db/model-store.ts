import { and, asc, eq, notInArray, sql } from 'drizzle-orm'
import { asHubError, HubError } from '../model/errors.ts'
import type { ServerId } from '../model/ids.ts'
import type { ModelDirectory } from '../ports/model-directory.ts'
import type { ModelRegistry, NewServer } from '../ports/model-registry.ts'
import type { ModelServer, ReplyModel, ServerLoad } from '../ports/reply-model.ts'
import type { Database, Transaction } from './database.ts'
import { chooseModels } from './model-choice.ts'
import { modelAliases, modelFacts, modelServers, models } from './schema/operation.ts'
import type { SecretBox } from './secrets.ts'
import { readHealth, recordFault } from './server-health.ts'
import { storable } from './storable.ts'

type ServerRow = typeof modelServers.$inferSelect

/** Time for a server to say what it lists. */
const LIST_LIMIT_MS = 8_000

/** Servers and their models, for the workers who choose (`ModelDirectory`) and the admin who looks after them. */
export function createModelStore(
  db: Database,
  secrets: SecretBox,
  list: ReplyModel['list'],
  load: ReplyModel['load'] = async () => undefined,
): ModelRegistry & ModelDirectory {
  const asServer = (row: ServerRow): ModelServer => ({
    id: row.id,
    name: row.name,
    baseUrl: row.baseUrl,
    ...(row.apiKey === null ? {} : { apiKey: secrets.open(row.apiKey) }),
    ...(row.kind === null ? {} : { kind: row.kind }),
    priorities: row.priorities,
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
      const limited = AbortSignal.any([signal, AbortSignal.timeout(LIST_LIMIT_MS)])
      const listed = await list(asServer(row), limited)
      const kind = listed.find((one) => one.kind !== undefined)?.kind
      const known = { ...asServer(row), ...(kind === undefined ? {} : { kind }) }
      const said = row.purpose === 'chat' ? await load(known, limited) : undefined
      await db.transaction(async (tx) => await keepListed(tx, row.id, listed, said))
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
          .map(({ name, contextLength, abilities }) => ({
            name,
            abilities,
            ...(contextLength === null ? {} : { contextLength }),
          })),
        kind: row.kind ?? undefined,
        concurrency: row.concurrency ?? undefined,
        priorities: row.priorities,
        load: row.load ?? undefined,
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

    choose: (wish) => chooseModels(db, wish, asServer),
    reportFault: (choice, fault) => recordFault(db, choice, fault),
    health: (id) => readHealth(db, id),

    async change(id, { concurrency, priorities }) {
      const [row] = await db
        .update(modelServers)
        .set({
          name: sql`name`,
          ...(concurrency === undefined ? {} : { concurrency }),
          ...(priorities === undefined ? {} : { priorities }),
        })
        .where(eq(modelServers.id, id))
        .returning({ id: modelServers.id })
      return row !== undefined
    },

    async aliases() {
      const rows = await db.select().from(modelAliases).orderBy(asc(modelAliases.name))
      return rows.map(({ name, targets, fallback }) => ({ name, targets, fallback: fallback ?? undefined }))
    },

    async putAlias({ name, targets, fallback }) {
      const values = { name: storable(name), targets: [...targets], fallback: fallback ?? null }
      await db
        .insert(modelAliases)
        .values(values)
        .onConflictDoUpdate({ target: modelAliases.name, set: values })
    },

    async removeAlias(name) {
      const rows = await db
        .delete(modelAliases)
        .where(eq(modelAliases.name, name))
        .returning({ name: modelAliases.name })
      return rows.length > 0
    },

    async facts() {
      const rows = await db.select().from(modelFacts)
      return new Map(rows.map(({ model, abilities }) => [model, abilities]))
    },

    async putFacts(model, abilities) {
      const values = { model: storable(model), abilities }
      await db.insert(modelFacts).values(values).onConflictDoUpdate({ target: modelFacts.model, set: values })
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
  load: ServerLoad | undefined,
): Promise<void> {
  const [row] = await tx
    .update(modelServers)
    .set({
      state: 'up',
      stateDetail: null,
      checkedAt: sql`now()`,
      load: load ?? null,
      kind: listed.find((one) => one.kind !== undefined)?.kind ?? null,
    })
    .where(eq(modelServers.id, serverId))
    .returning({ id: modelServers.id })
  if (!row) return
  const names = listed.map(({ name }) => storable(name))
  await tx
    .delete(models)
    .where(and(eq(models.serverId, serverId), names.length > 0 ? notInArray(models.name, names) : undefined))
  for (const { name, contextLength, abilities } of listed) {
    const values = {
      serverId,
      name: storable(name),
      contextLength: contextLength ?? null,
      abilities: abilities ?? {},
      seenAt: sql`now()`,
    }
    await tx
      .insert(models)
      .values(values)
      .onConflictDoUpdate({ target: [models.serverId, models.name], set: values })
  }
}
