import type pg from 'pg'

const CHUNK = 50_000
/** Messages of one conversation, as in a chat that was used for a while. */
const A_CONVERSATION = 50

/**
 * Makes up answered messages in the workspace that the hub already has, with everything that a real one leaves
 * behind, until there are `count`. Ids are made of numbers, so that rows find each other.
 */
export async function fillTo(pool: pg.Pool, count: number): Promise<void> {
  const { rows } = await pool.query<{ n: string }>("select count(*) n from messages where text = 'stored'")
  for (let from = Number(rows[0]?.n ?? 0); from < count; from += CHUNK) {
    const to = Math.min(count, from + CHUNK)
    const client = await pool.connect()
    try {
      await client.query('begin')
      for (const statement of STATEMENTS) await client.query(statement, [from, to - 1])
      await client.query('commit')
    } finally {
      client.release()
    }
  }
  await pool.query('analyze')
}

const uuid = (kind: string, n: string) => `md5('${kind}' || ${n})::uuid`
const conversation = `(n / ${A_CONVERSATION})`
const PLACE = `(select w.id as workspace, w.connection_id as connection from workspaces w
  join connections c on c.id = w.connection_id where c.platform = 'telegram' limit 1) place`
const NUMBERS = 'generate_series($1::int, $2::int) n'
const CONVERSATIONS = `generate_series($1::int / ${A_CONVERSATION}, $2::int / ${A_CONVERSATION}) n`

const STATEMENTS = [
  `insert into people (id, connection_id, external_id, name)
   select ${uuid('p', 'n')}, connection, 'stored' || n, 'Ana' from ${CONVERSATIONS}, ${PLACE} on conflict do nothing`,
  `insert into channels (id, connection_id, workspace_id, external_id, kind)
   select ${uuid('h', 'n')}, connection, workspace, 'stored' || n, 'direct' from ${CONVERSATIONS}, ${PLACE} on conflict do nothing`,
  `insert into conversations (id, workspace_id, channel_id, key)
   select ${uuid('c', 'n')}, workspace, ${uuid('h', 'n')}, 'chat' from ${CONVERSATIONS}, ${PLACE} on conflict do nothing`,
  `insert into inbound_events (connection_id, event_id) select connection, 'stored' || n from ${NUMBERS}, ${PLACE}`,
  `insert into messages (id, workspace_id, channel_id, conversation_id, person_id, external_id, text, at)
   select ${uuid('m', 'n')}, workspace, ${uuid('h', conversation)}, ${uuid('c', conversation)},
     ${uuid('p', conversation)}, 'stored' || n, 'stored', now() from ${NUMBERS}, ${PLACE}`,
  `insert into decisions (workspace_id, message_id, code, detail)
   select workspace, ${uuid('m', 'n')}, code, '{}' from ${NUMBERS}, ${PLACE}, (values ('queued'), ('started')) codes (code)`,
  `insert into turns (id, workspace_id, conversation_id, message_id, step, state, finished_at)
   select ${uuid('t', 'n')}, workspace, ${uuid('c', conversation)}, ${uuid('m', 'n')}, 'reply', 'done', now()
   from ${NUMBERS}, ${PLACE}`,
  `insert into answers (id, workspace_id, channel_id, conversation_id, message_id, turn_id, target, text, state, delivered_at)
   select ${uuid('a', 'n')}, workspace, ${uuid('h', conversation)}, ${uuid('c', conversation)}, ${uuid('m', 'n')},
     ${uuid('t', 'n')}, '{}', 'An answer of some length, as they are.', 'delivered', now() from ${NUMBERS}, ${PLACE}`,
  `insert into answer_parts (id, answer_id, channel_id, position, kind, key, version, external_id)
   select ${uuid('x', 'n')}, ${uuid('a', 'n')}, ${uuid('h', conversation)}, 0, 'text', ${uuid('k', 'n')}, 1, 'answer' || n
   from ${NUMBERS}, ${PLACE}`,
]
