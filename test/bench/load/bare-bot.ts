import { setTimeout as delay } from 'node:timers/promises'
import { createPostgresBackend, Queue, runMigrations, setDefaultBackendFactory, Worker } from 'bullmq'
import pg from 'pg'
import { z } from 'zod'

/**
 * What a developer writes in an afternoon: polls Telegram, puts each message into BullMQ, asks the model, shows
 * the first token and the whole text. It promises nothing. With `commit` it also keeps a row a message, committed
 * before the update counts as taken.
 */
const options = z
  .object({
    telegram: z.string(),
    model: z.string(),
    databaseUrl: z.string(),
    redisUrl: z.string().optional(),
    commit: z.boolean(),
  })
  .parse(JSON.parse(process.argv[2] ?? ''))

const CONCURRENCY = 32
const update = z.object({
  update_id: z.number(),
  message: z
    .object({ message_id: z.number(), chat: z.object({ id: z.number() }), text: z.string() })
    .optional(),
})
const sent = z.object({ result: z.object({ message_id: z.number() }) })

async function call(method: string, body: object): Promise<unknown> {
  const response = await fetch(`${options.telegram}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return await response.json()
}

async function* tokens(text: string): AsyncGenerator<string> {
  const response = await fetch(`${options.model}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'demo', stream: true, messages: [{ role: 'user', content: text }] }),
  })
  let rest = ''
  for await (const bytes of response.body ?? []) {
    const lines = (rest + Buffer.from(bytes).toString('utf8')).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (!line.startsWith('data: {')) continue
      const chunk = z
        .object({ choices: z.array(z.object({ delta: z.object({ content: z.string().nullish() }) })) })
        .parse(JSON.parse(line.slice(6)))
      const piece = chunk.choices[0]?.delta.content
      if (piece) yield piece
    }
  }
}

async function answer(chatId: number, text: string): Promise<void> {
  let whole = ''
  let posted: Promise<number> | undefined
  for await (const piece of tokens(text)) {
    whole += piece
    posted ??= call('sendMessage', { chat_id: chatId, text: whole.trim() || '…' }).then(
      (given) => sent.parse(given).result.message_id,
    )
  }
  if (posted === undefined) return
  await call('editMessageText', { chat_id: chatId, message_id: await posted, text: whole.trim() })
}

const pool = new pg.Pool({ connectionString: options.databaseUrl, max: 10 })
await pool.query('create table if not exists bare_messages (id bigint primary key, chat bigint, text text)')

const { redisUrl } = options
const connection =
  redisUrl === undefined
    ? new pg.Pool({ connectionString: options.databaseUrl, max: 10 })
    : { host: new URL(redisUrl).hostname, port: Number(new URL(redisUrl).port), maxRetriesPerRequest: null }
if (redisUrl === undefined) {
  setDefaultBackendFactory(createPostgresBackend)
  const client = await pool.connect()
  await runMigrations(client)
  client.release()
}
const job = z.object({ chat: z.number(), text: z.string() })
const queue = new Queue('bare', { connection, defaultJobOptions: { removeOnComplete: true } })
const worker = new Worker(
  'bare',
  async ({ data }) => {
    const { chat, text } = job.parse(data)
    await answer(chat, text)
  },
  { connection, concurrency: CONCURRENCY },
)
worker.on('error', (error) => console.error(error))
await worker.waitUntilReady()

let offset = 0
console.log('READY')
for (;;) {
  const given = z
    .object({ result: z.array(update) })
    .parse(await call('getUpdates', { offset, timeout: 20, allowed_updates: ['message'] }))
  await Promise.all(
    given.result.map(async ({ update_id: id, message }) => {
      if (!message) return
      const { chat, text } = message
      if (options.commit)
        await pool.query('insert into bare_messages values ($1, $2, $3)', [id, chat.id, text])
      await queue.add('message', { chat: chat.id, text })
    }),
  )
  offset = (given.result.at(-1)?.update_id ?? offset - 1) + 1
  if (given.result.length === 0) await delay(1)
}
