import pg from 'pg'

export const CANARY = 'canary-in-a-chat'
/** What COPY's text form has to escape. */
export const AWKWARD = `${CANARY} tab\tline\nback\\slash \\N é 🙂 "quote"`

export async function query<Row extends pg.QueryResultRow>(
  connectionString: string,
  text: string,
): Promise<Row[]> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    return (await client.query<Row>(text)).rows
  } finally {
    await client.end()
  }
}

/** Every row of every table, as JSON in a fixed order. */
export async function tablesOf(connectionString: string): Promise<Record<string, unknown[]>> {
  const tables = await query<{ name: string }>(
    connectionString,
    "select tablename as name from pg_tables where schemaname = 'public' order by tablename",
  )
  const all: Record<string, unknown[]> = {}
  for (const { name } of tables) {
    const rows = await query<{ row: unknown }>(
      connectionString,
      `select to_jsonb(t)::text as row from "${name}" t order by 1`,
    )
    all[name] = rows.map(({ row }) => row)
  }
  return all
}

const PLACE = '00000000-0000-7000-8000-000000000001'

/** One connection with a conversation: a message that was answered, with a file, and one that waits. */
export async function fill(pool: pg.Pool, credentials: string): Promise<void> {
  await pool.query(
    `insert into connections (id, platform, slug, name, source, credentials, cursor, lease_owner, lease_until)
     values ($1, 'somewhere', 'one', 'One', 'environment', $2, '{"since": "s1"}', $1, now() - interval '1 minute')`,
    [PLACE, credentials],
  )
  await pool.query(`
    insert into workspaces (id, connection_id, external_id, name, virtual_time) values ('${PLACE}', '${PLACE}', 'w', 'W', 0.1);
    insert into channels (id, connection_id, workspace_id, external_id, kind) values ('${PLACE}', '${PLACE}', '${PLACE}', 'c', 'direct');
    insert into people (id, connection_id, external_id, name) values ('${PLACE}', '${PLACE}', 'p', 'Ana');
    insert into conversations (id, workspace_id, channel_id, key) values ('${PLACE}', '${PLACE}', '${PLACE}', 'k');
    insert into admins (id, email, password_hash, role) values ('${PLACE}', 'a@b.example', 'x', 'owner');
    insert into sessions (id, admin_id, expires_at) values ('${PLACE}', '${PLACE}', now() + interval '1 day')`)
  for (const [n, text, state] of [
    [1, AWKWARD, 'done'],
    [2, null, 'ready'],
  ] as const) {
    const id = PLACE.replace(/1$/, String(n))
    await pool.query(
      `insert into messages (id, workspace_id, channel_id, conversation_id, person_id, external_id, text, at)
       values ($1, $2, $2, $2, $2, $3, $4, now())`,
      [id, PLACE, `m${n}`, text],
    )
    await pool.query(
      `insert into turns (id, workspace_id, conversation_id, message_id, step, state) values ($1, $2, $2, $1, 'reply', $3)`,
      [id, PLACE, state],
    )
    await pool.query(
      `insert into answers (id, workspace_id, channel_id, conversation_id, message_id, turn_id, target, text, state)
       values ($1, $2, $2, $2, $1, $1, '{}', $3, $4)`,
      [id, PLACE, text ?? '', state === 'done' ? 'delivered' : 'growing'],
    )
  }
  await pool.query(
    `insert into messages (id, workspace_id, channel_id, person_id, external_id, at)
     values ('00000000-0000-7000-8000-000000000009', $1, $1, $1, 'm9', now())`,
    [PLACE],
  )
  await pool.query(
    `insert into answer_parts (id, answer_id, channel_id, position, kind, key, file_name, file_type, file_data)
     values ($1, $1, $1, 0, 'file', 'key', 'f', 'text/plain', $2)`,
    [PLACE, Buffer.from(Array.from({ length: 700_000 }, (_, n) => (n * 7) % 256))],
  )
}

/** A person and a message of theirs, in one transaction. */
export async function addPair(pool: pg.Pool, name: string): Promise<void> {
  await pool.query(
    `with person as (
       insert into people (id, connection_id, external_id, name) values (gen_random_uuid(), $1, $2, $2) returning id
     )
     insert into messages (id, workspace_id, channel_id, person_id, external_id, at)
     select gen_random_uuid(), $1, $1, id, $2, now() from person`,
    [PLACE, name],
  )
}
