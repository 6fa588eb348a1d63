import { and, asc, desc, eq, gte, inArray, lt, type SQL, sql } from 'drizzle-orm'
import type { PersonId, WorkspaceId } from '../model/ids.ts'
import type { UsageDimension, UsageReports } from '../ports/usage-reports.ts'
import type { Database } from './database.ts'
import { usage } from './schema/operation.ts'
import { people, workspaces } from './schema/tenancy.ts'

const COLUMNS: Readonly<Record<UsageDimension, SQL>> = {
  day: sql`(${usage.at} at time zone 'UTC')::date`,
  model: sql`${usage.model}`,
  person: sql`${usage.personId}`,
  workspace: sql`${usage.workspaceId}`,
}
const FIGURES = {
  calls: sql<number>`(count(*) filter (where kind = 'reply'))::int`,
  answers: sql<number>`(count(*) filter (where kind = 'reply' and outcome = 'ok'))::int`,
  promptTokens: sql<number>`sum(prompt_tokens)::float8`,
  completionTokens: sql<number>`sum(completion_tokens)::float8`,
  transcriptions: sql<number>`(count(*) filter (where kind = 'speech'))::int`,
  audioMs: sql<number>`sum(audio_ms)::float8`,
  runs: sql<number>`(count(*) filter (where kind = 'run'))::int`,
  busyMs: sql<number>`sum(duration_ms)::float8`,
  costMicros: sql<number>`sum(cost_micros)::float8`,
}
const WEIGHT = sql`sum(prompt_tokens + completion_tokens)`

export function createUsageReports(db: Database): UsageReports {
  return {
    async read({ from, to, workspaceId }, by, limit) {
      const column = <T>(dimension: UsageDimension) =>
        by.includes(dimension) ? sql<T | null>`${COLUMNS[dimension]}` : sql<null>`null`
      const rows = await db
        .select({
          day: by.includes('day') ? sql<string | null>`${COLUMNS.day}::text` : sql<null>`null`,
          model: column<string>('model'),
          personId: column<PersonId>('person'),
          workspaceId: column<WorkspaceId>('workspace'),
          ...FIGURES,
        })
        .from(usage)
        .where(
          and(
            gte(usage.at, from),
            lt(usage.at, to),
            workspaceId === undefined ? undefined : eq(usage.workspaceId, workspaceId),
          ),
        )
        .groupBy(...by.map((dimension) => COLUMNS[dimension]))
        .having(sql`count(*) > 0`)
        .orderBy(...(by.includes('day') ? [asc(COLUMNS.day)] : []), desc(WEIGHT), desc(sql`count(*)`))
        .limit(limit)
      const [known, places] = await Promise.all([
        namesOf(
          db,
          people,
          rows.map((row) => row.personId),
        ),
        namesOf(
          db,
          workspaces,
          rows.map((row) => row.workspaceId),
        ),
      ])
      return rows.map(({ day, model, personId, workspaceId: placeId, ...figures }) => ({
        ...figures,
        day: day ?? undefined,
        model: model ?? undefined,
        person: personId === null ? undefined : { id: personId, name: known.get(personId) ?? '' },
        workspace: placeId === null ? undefined : { id: placeId, name: places.get(placeId) ?? '' },
      }))
    },
  }
}

async function namesOf(
  db: Database,
  table: typeof people | typeof workspaces,
  ids: readonly (string | null)[],
): Promise<ReadonlyMap<string, string>> {
  const wanted = [...new Set(ids)].filter((id) => id !== null)
  if (wanted.length === 0) return new Map()
  const rows = await db
    .select({ id: sql<string>`${table.id}`, name: table.name })
    .from(table)
    .where(inArray(sql`${table.id}`, wanted))
  return new Map(rows.map(({ id, name }) => [id, name]))
}
