import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { ADAPTERS } from '../../adapters/registry.ts'
import { loadEnvironment } from '../../config/load.ts'
import { type RunningHub, runHub } from '../../src/entry/run-hub.ts'
import { type ModelEmulator, startModelEmulator } from '../../src/simulator/models/index.ts'
import { startTelegramEmulator, type TelegramEmulator } from '../../src/simulator/telegram/index.ts'
import { startTestDatabase } from '../support/postgres.ts'
import { createRecordingLogger } from '../support/recording-logger.ts'

const CANARY = 'canary-that-no-trace-may-hold'

/** What OTLP's specification asks of a request in JSON, as far as spans go. */
const attribute = z.strictObject({
  key: z.string(),
  value: z.union([z.strictObject({ stringValue: z.string() }), z.strictObject({ doubleValue: z.number() })]),
})
const span = z.strictObject({
  traceId: z.string().regex(/^(?!0+$)[0-9a-f]{32}$/),
  spanId: z.string().regex(/^(?!0+$)[0-9a-f]{16}$/),
  parentSpanId: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional(),
  name: z.string().min(1),
  kind: z.number().int().min(1).max(5),
  startTimeUnixNano: z.string().regex(/^\d{19}$/),
  endTimeUnixNano: z.string().regex(/^\d{19}$/),
  attributes: z.array(attribute),
  status: z.strictObject({ code: z.literal(2).optional(), message: z.string().optional() }),
})
const exported = z.strictObject({
  resourceSpans: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes: z.array(attribute) }),
      scopeSpans: z.array(
        z.strictObject({ scope: z.strictObject({ name: z.string() }), spans: z.array(span) }),
      ),
    }),
  ),
})
type Received = z.infer<typeof span> & { readonly roles: string }

let collector: Server
let database: Awaited<ReturnType<typeof startTestDatabase>>
let telegram: TelegramEmulator
let model: ModelEmulator
const hubs: RunningHub[] = []
const spans: Received[] = []
const bodies: string[] = []
const log = createRecordingLogger()

beforeAll(async () => {
  collector = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk
    })
    request.on('end', () => {
      bodies.push(body)
      const isRight = request.method === 'POST' && request.url === '/v1/traces'
      const parsed = exported.safeParse(isRight ? JSON.parse(body) : undefined)
      for (const { resource, scopeSpans } of parsed.data?.resourceSpans ?? []) {
        const value = resource.attributes.find(({ key }) => key === 'brainall.roles')?.value
        const roles = value !== undefined && 'stringValue' in value ? value.stringValue : ''
        spans.push(...scopeSpans.flatMap((scope) => scope.spans.map((one) => ({ ...one, roles }))))
      }
      response.writeHead(parsed.success ? 200 : 400, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve))
  database = await startTestDatabase()
  telegram = await startTelegramEmulator()
  model = await startModelEmulator({ tokensPerSecond: 500 })
  for (const roles of ['gateway,web', 'worker']) {
    const environment = loadEnvironment({
      PORT: '0',
      DATABASE_URL: database.connectionString,
      SIMULATOR: 'off',
      SECRET_KEY: 'one key for all the processes of a hub',
      ROLES: roles,
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_API_ROOT: telegram.url,
      LLM_BASE_URL: model.baseUrl,
      BACKUP_HOUR: 'off',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
    })
    hubs.push(await runHub(environment, ADAPTERS, log))
  }
}, 60_000)
afterAll(async () => {
  for (const hub of hubs) await hub.drain()
  await telegram?.close()
  await model?.close()
  await database?.close()
  collector?.closeAllConnections()
  await new Promise((resolve) => collector?.close(resolve))
}, 60_000)

it('one message is one trace from its arrival to its answer, over both processes, under the id that the logs carry', async () => {
  model.script({ text: `An answer, ${CANARY}.` })
  const person = telegram.createPerson({ firstName: 'Ana' })
  const chat = telegram.privateChat(person)
  telegram.say(chat, person, `A question, ${CANARY}`)
  await telegram.waitFor(() => chat.messages.some(({ text }) => text.includes('An answer')), 15_000)

  const trace = await vi.waitFor(
    () => {
      const root = spans.find(({ name }) => name === 'inbound')
      const own = spans.filter(({ traceId }) => traceId === root?.traceId)
      expect(own.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['inbound', 'reply', 'model reply', 'first token', 'telegram post']),
      )
      return own
    },
    { timeout: 15_000 },
  )
  const named = (name: string) => trace.find((one) => one.name === name)
  const [root, step] = [named('inbound'), named('reply')]
  expect(root).toMatchObject({ roles: 'gateway,web' })
  expect(root?.parentSpanId).toBeUndefined()
  expect(step).toMatchObject({ roles: 'worker', parentSpanId: root?.spanId })
  for (const name of ['model reply', 'first token', 'telegram post'])
    expect(named(name)).toMatchObject({ roles: 'worker', parentSpanId: step?.spanId, status: {} })
  expect(new Set(trace.map(({ spanId }) => spanId)).size).toBe(trace.length)
  for (const { startTimeUnixNano: from, endTimeUnixNano: to } of trace)
    expect(BigInt(to)).toBeGreaterThanOrEqual(BigInt(from))

  const { rows } = await (hubs[0]?.storage.database.pool.query<{ id: string }>('select id from messages') ??
    Promise.reject(new Error('no hub')))
  expect(rows.map(({ id }) => id.replaceAll('-', ''))).toContain(root?.traceId)
}, 40_000)

it('an error is its code; nothing that anybody wrote, and no secret, is in a trace', async () => {
  model.script({ trouble: { kind: 'answer', status: 401, body: { error: { message: CANARY } } } })
  const person = telegram.createPerson({ firstName: 'Bia' })
  const chat = telegram.privateChat(person)
  telegram.say(chat, person, `Another, ${CANARY}`)
  await vi.waitFor(
    () => {
      const failed = spans.find(({ name, status }) => name === 'model reply' && status.code === 2)
      expect(failed?.status.message).toBe('model_unauthorized')
    },
    { timeout: 15_000 },
  )
  for (const secret of [CANARY, telegram.token, 'one key for all'])
    expect(bodies.join()).not.toContain(secret)
}, 30_000)
