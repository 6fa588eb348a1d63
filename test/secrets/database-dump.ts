import pg from 'pg'

/** Every row of every table as text, by `schema.table`. */
export async function dumpDatabase(connectionString: string): Promise<ReadonlyMap<string, string>> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    const { rows: tables } = await client.query<{ name: string; sql: string }>(`
      select schemaname || '.' || tablename as name, format('%I.%I', schemaname, tablename) as sql
      from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`)
    const dump = new Map<string, string>()
    for (const { name, sql } of tables) {
      const { rows } = await client.query<{ text: string }>(
        `select row_to_json(one)::text as text from ${sql} one`,
      )
      dump.set(name, rows.map(({ text }) => text).join('\n'))
    }
    return dump
  } finally {
    await client.end()
  }
}
