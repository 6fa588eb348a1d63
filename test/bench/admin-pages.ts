import { createDatabase, openTestServer } from '../support/test-databases.ts'
import { bearer, startWebOn } from '../web/web-on.ts'

const ROUNDS = 5
const TARGET_MS = 100

/** Server time of the admin's pages with `messages` stored, each with its turn, answer, decisions and usage. */
export async function* benchAdminPages(messages: number): AsyncGenerator<object> {
  const server = await openTestServer()
  const web = await startWebOn(await createDatabase(server.url))
  try {
    const { pool } = web.db
    const workspace = await web.addWorkspace('Big team')
    await pool.query('set statement_timeout = 0')
    const client = await pool.connect()
    try {
      await client.query('set statement_timeout = 0; set synchronous_commit = off')
      for (const statement of filling(workspace, messages)) await client.query(statement)
      await client.query('analyze')
    } finally {
      client.release()
    }
    const headers = bearer(await web.owner())
    const [conversation] = (await pool.query<{ id: string }>('select id from conversations limit 1')).rows
    const [message] = (await pool.query<{ id: string }>('select id from messages order by id desc limit 1'))
      .rows
    const paths = [
      ...['/admin', '/admin/conversations', '/admin/conversations?search=needle', '/admin/runs'],
      ...['/admin/usage', '/admin/usage?days=90', '/admin/queue', '/admin/connections', '/admin/workspaces'],
      ...[`/admin/workspaces/${workspace}`, `/admin/workspaces/${workspace}/messages`],
      ...[`/admin/conversations/${conversation?.id}`, `/admin/messages/${message?.id}`],
      ...[
        '/admin/models',
        '/admin/budgets',
        '/admin/settings',
        '/admin/people',
        '/admin/audit',
        '/admin/account',
      ],
    ]
    for (const path of paths) {
      const times: number[] = []
      for (let round = 0; round < ROUNDS; round += 1) {
        const begun = performance.now()
        const { statusCode } = await web.app.inject({ url: path, headers })
        times.push(performance.now() - begun)
        if (statusCode !== 200) throw new Error(`${path} answers ${statusCode}`)
      }
      const [first = 0] = times
      const median = times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0
      const page = path.replace(/[0-9a-f-]{36}/, ':id')
      const measured = {
        bench: 'admin-page',
        messages,
        page,
        firstMs: Math.round(first),
        medianMs: Math.round(median),
      }
      yield { ...measured, within: median <= TARGET_MS }
    }
  } finally {
    await web.close()
    await server.close()
  }
}

function filling(workspace: string, messages: number): readonly string[] {
  const conversations = Math.ceil(messages / 20)
  const uuid = (kind: string, number: string) =>
    `('0190${kind}-' || lpad(to_hex((${number}) / 65536), 4, '0') || '-7000-8000-' || lpad(to_hex(${number}), 12, '0'))::uuid`
  const at = `now() - (${messages} - i) * interval '8 seconds'`
  const all = `generate_series(1, ${messages}) i`
  return [
    `insert into channels (id, connection_id, workspace_id, external_id, name, kind)
     select ${uuid('0001', 'i')}, connection_id, id, 'c' || i, 'channel ' || i, 'group' from workspaces, generate_series(1, 50) i`,
    `insert into people (id, connection_id, external_id, name)
     select ${uuid('0002', 'i')}, connection_id, 'p' || i, 'Person ' || i from workspaces, generate_series(1, 200) i`,
    `insert into conversations (id, workspace_id, channel_id, key)
     select ${uuid('0003', 'i')}, '${workspace}', ${uuid('0001', 'i % 50 + 1')}, 'k' || i from generate_series(1, ${conversations}) i`,
    `insert into messages (id, workspace_id, channel_id, conversation_id, person_id, external_id, text, at, received_at)
     select ${uuid('0004', 'i')}, '${workspace}', ${uuid('0001', '(i / 20) % 50 + 1')}, ${uuid('0003', `i / 20 % ${conversations} + 1`)},
       ${uuid('0002', 'i % 200 + 1')}, 'm' || i, 'What about number ' || i || ', is it well?', ${at}, ${at} from ${all}`,
    `insert into turns (id, workspace_id, conversation_id, message_id, step, state, created_at, started_at, finished_at)
     select ${uuid('0005', 'i')}, '${workspace}', ${uuid('0003', `i / 20 % ${conversations} + 1`)}, ${uuid('0004', 'i')}, 'deliver', 'done',
       ${at}, ${at}, ${at} + interval '2 seconds' from ${all}`,
    `insert into answers (id, workspace_id, channel_id, conversation_id, message_id, turn_id, target, text, state, model, created_at)
     select ${uuid('0006', 'i')}, '${workspace}', ${uuid('0001', '(i / 20) % 50 + 1')}, ${uuid('0003', `i / 20 % ${conversations} + 1`)},
       ${uuid('0004', 'i')}, ${uuid('0005', 'i')}, '{}', 'It is very well, thank you for asking about it.', 'delivered', 'llama', ${at} from ${all}`,
    `insert into decisions (workspace_id, message_id, code, detail, at)
     select '${workspace}', ${uuid('0004', 'i')}, 'received', '{}', ${at} from ${all}`,
    `insert into usage (workspace_id, channel_id, person_id, turn_id, kind, model, prompt_tokens, completion_tokens, duration_ms, at)
     select '${workspace}', ${uuid('0001', '(i / 20) % 50 + 1')}, ${uuid('0002', 'i % 200 + 1')}, ${uuid('0005', 'i')}, 'reply', 'llama', 100, 50, 900, ${at} from ${all}`,
  ]
}
