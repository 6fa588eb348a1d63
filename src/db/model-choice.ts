import { and, asc, eq, sql } from 'drizzle-orm'
import type { AliasTarget, ModelAbilities } from '../model/model-abilities.ts'
import type { ModelChoice, ModelWish } from '../ports/model-directory.ts'
import type { ModelServer } from '../ports/reply-model.ts'
import type { Database } from './database.ts'
import { modelAliases, modelFacts, modelServers, models } from './schema/operation.ts'
import { weightedOrder } from './weighted-order.ts'

type ServerRow = typeof modelServers.$inferSelect
interface Listed {
  readonly server: ServerRow
  readonly model: string
  readonly contextLength: number | null
  readonly abilities: ModelAbilities
}

/** An alias may fall back to another one; that many in a row. */
const MOST_FALLBACKS = 4

export async function chooseModels(
  db: Database,
  { name, fallback, key = '' }: ModelWish,
  asServer: (row: ServerRow) => ModelServer,
): Promise<readonly ModelChoice[]> {
  const [rows, aliases, facts] = await Promise.all([
    db
      .select({
        server: modelServers,
        model: models.name,
        contextLength: models.contextLength,
        abilities: models.abilities,
      })
      .from(models)
      .innerJoin(modelServers, eq(modelServers.id, models.serverId))
      .where(eq(modelServers.purpose, 'chat'))
      .orderBy(
        sql`${modelServers.state} = 'down'`,
        sql`${modelServers.source} <> 'environment'`,
        asc(modelServers.name),
        asc(models.name),
      ),
    db.select().from(modelAliases),
    db.select().from(modelFacts),
  ])
  const factsOf = (model: string) => facts.find((one) => one.model === model)?.abilities ?? {}
  const asChoice = (row: Listed, behind: string | undefined): ModelChoice => {
    const abilities = { ...row.abilities, ...factsOf(row.model) }
    return {
      server: asServer(row.server),
      model: row.model,
      contextLength: abilities.contextLength ?? row.contextLength ?? undefined,
      abilities,
      concurrency: row.server.concurrency ?? undefined,
      fallback: behind,
    }
  }
  const preferred = rows.find(
    ({ server, model }) =>
      server.defaultModel === model || aliases.some((one) => one.name === server.defaultModel),
  )
  const wanted = name ?? preferred?.server.defaultModel ?? rows[0]?.model ?? (await environmentModel(db))

  const choices: ModelChoice[] = []
  const queue = [wanted, fallback].filter((one) => one !== undefined)
  const seen = new Set<string>()
  while (queue.length > 0 && seen.size <= MOST_FALLBACKS) {
    const next = queue.shift()
    if (next === undefined || seen.has(next)) continue
    seen.add(next)
    const alias = aliases.find((one) => one.name === next)
    const behind = seen.size === 1 ? undefined : next
    const fresh = (
      alias ? behindAlias(rows, alias.targets, key) : rows.filter((row) => row.model === next)
    ).filter(
      ({ server, model }) => !choices.some((one) => one.server.id === server.id && one.model === model),
    )
    choices.push(...fresh.map((row) => asChoice(row, behind)))
    if (alias?.fallback) queue.unshift(alias.fallback)
  }
  if (choices.length > 0 || wanted === undefined) return choices
  // A server that could not be asked yet may still have the model its operator named.
  const unasked = await db
    .select()
    .from(modelServers)
    .where(and(eq(modelServers.purpose, 'chat'), eq(modelServers.defaultModel, wanted)))
  return unasked.map((server) =>
    asChoice({ server, model: wanted, contextLength: null, abilities: {} }, undefined),
  )
}

/** Those that were up come before those that were down; within each, by weight. Without a key: as listed. */
function behindAlias(
  rows: readonly Listed[],
  targets: readonly AliasTarget[],
  key: string,
): readonly Listed[] {
  const weighted = targets.flatMap(({ model, serverId, weight }) =>
    rows
      .filter((row) => row.model === model && (serverId === undefined || row.server.id === serverId))
      .map((row) => ({ row, weight })),
  )
  const ordered =
    key === ''
      ? weighted
      : weightedOrder(weighted, ({ row, weight }) => ({ id: `${row.server.id} ${row.model}`, weight }), key)
  return ordered
    .map(({ row }) => row)
    .toSorted((one, other) => Number(one.server.state === 'down') - Number(other.server.state === 'down'))
}

async function environmentModel(db: Database): Promise<string | undefined> {
  const [row] = await db
    .select({ model: modelServers.defaultModel })
    .from(modelServers)
    .where(and(eq(modelServers.purpose, 'chat'), sql`default_model is not null`))
    .limit(1)
  return row?.model ?? undefined
}
