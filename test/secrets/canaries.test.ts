import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type Chat, shown, type Talk, until } from '../support/chats/chat.ts'
import { speak, speechMissing } from '../support/speech.ts'
import { dumpDatabase } from './database-dump.ts'
import { type ProcessWatch, watchProcesses } from './process-watch.ts'
import { OWNER, SECRETS, type Stage, startStage } from './stage.ts'

/** What people and models say. */
const SAID = {
  question: 'zebrafinch question of the person',
  answer: 'zebrafinch answer of the model',
  broken: 'zebrafinch question that fails',
  forged: 'zebrafinch update that nobody sent',
  heard: 'zebrafinch words that were spoken',
  code: '"zebrafinch" + 6 * 7',
  result: 'zebrafinch42',
}
const QUIET_TABLES =
  /^(?:bullmq|drizzle)\.|^public\.(?:decisions|audit|usage|sessions|connections|model_servers|inbound_events)$/

let stage: Stage
let processes: ProcessWatch
let output: string
let metrics: string
let readiness: string
let api: ReadonlyMap<string, string>
let database: ReadonlyMap<string, string>
/** Tokens that the hub or a platform gave out meanwhile. */
let issued: readonly string[]

beforeAll(async () => {
  stage = await startStage()
  processes = watchProcesses(stage.hub.pid)
  await stage.ready()
  await vi.waitFor(async () => {
    expect((await ask('/readyz')).body).not.toContain('"up":false')
  }, 20_000)
  await talkEverywhere()
  await fail()
  await knockAtTheWebhook()
  const token = await useTheApi()
  if (!speechMissing) await speakTo()
  metrics = (await ask('/metrics')).body
  readiness = (await ask('/readyz')).body
  stage.hub.signal('SIGTERM')
  await stage.hub.ended
  processes.stop()
  output = stage.hub.output
  database = await dumpDatabase(stage.databaseUrl)
  issued = [token, ...stage.given]
}, 120_000)
afterAll(async () => {
  processes?.stop()
  await stage?.close()
})

async function talkEverywhere(): Promise<void> {
  const { slack, discord, telegram, model } = stage
  model.script({ text: SAID.answer, times: 4 })
  await Promise.all(
    [slack, discord, telegram].map(async (chat: Chat) => {
      const talk = chat.direct()
      talk.say(SAID.question)
      await shown(chat, talk, SAID.answer)
    }),
  )
  const room = matrixRoom()
  room.say(SAID.question)
  await room.answered(SAID.answer)
  const talk = telegram.direct()
  talk.say(`/run ${SAID.code}`)
  await shown(telegram, talk, SAID.result)
}

/** What refuses says what it was sent, as servers and proxies do. */
async function fail(): Promise<void> {
  const { slack, discord, telegram, matrix, model } = stage
  const tell = {
    error: { message: `Incorrect API key provided: ${SECRETS.model}. You said: ${SAID.broken}` },
  }
  const ends = async (chat: Chat, talk: Talk, number: number) => {
    talk.say(SAID.broken)
    await until(
      chat,
      () => talk.answers()[number - 1],
      () => talk.answers(),
      20_000,
    )
  }
  const refused = telegram.direct()
  model.script({ trouble: { kind: 'answer', status: 401, body: tell } })
  await ends(telegram, refused, 1)
  model.script({ trouble: { kind: 'answer', status: 500, body: tell }, times: 3 })
  await ends(telegram, refused, 2)
  model.script({ trouble: { kind: 'answer', status: 400, body: tell } })
  await ends(telegram, refused, 3)

  model.script({ text: SAID.answer, times: 5 })
  telegram.faults.add({ match: /sendMessage/, effect: { kind: 'cut' }, times: 4 })
  await ends(telegram, telegram.direct(), 1)
  // Twice, since what fails while an answer grows is tried again when it is whole.
  const refuse = (match: RegExp, status: number, body: unknown) =>
    ({ match, effect: { kind: 'answer', status, body }, times: 2 }) as const
  telegram.faults.add(
    refuse(/sendMessage/, 401, {
      ok: false,
      error_code: 401,
      description: `Unauthorized ${SECRETS.telegram}`,
    }),
  )
  telegram.direct().say(SAID.broken)
  slack.faults.add(refuse(/chat\.(?:postMessage|startStream)/, 200, { ok: false, error: 'invalid_auth' }))
  slack.direct().say(SAID.broken)
  discord.faults.add(refuse(/POST .*\/messages/, 401, { message: '401: Unauthorized', code: 0 }))
  discord.direct().say(SAID.broken)
  matrix.faults.add(
    refuse(/\/send\/m\.room\.message/, 403, {
      errcode: 'M_FORBIDDEN',
      error: `no room for ${SAID.broken}`,
    }),
  )
  matrixRoom().say(SAID.broken)
  await vi.waitFor(
    () =>
      expect(
        stage.hub.output.match(/"(?:a turn failed|a step failed and will be tried again)"/g)?.length ?? 0,
      ).toBeGreaterThanOrEqual(4),
    20_000,
  )
  for (const { faults } of [telegram, slack, discord, matrix]) faults.clear()
}

async function knockAtTheWebhook(): Promise<void> {
  const update = { update_id: 1, message: { message_id: 1, date: 1, chat: 'none', text: SAID.forged } }
  const send = async (secret: string, body: string) =>
    (
      await fetch(`${stage.url}/telegram/telegram`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': secret },
        body,
      })
    ).status
  expect(await send(SECRETS.almost.replaceAll(' ', '-'), JSON.stringify(update))).toBe(401)
  expect(await send(SECRETS.telegramWebhook, `{"update_id": 1, "${SAID.forged}`)).toBe(400)
  expect(await send(SECRETS.telegramWebhook, JSON.stringify(update))).toBeGreaterThanOrEqual(200)
}

/** Reads whatever can be read; returns the token it did that with. */
async function useTheApi(): Promise<string> {
  const logIn = (password: string) =>
    ask('/api/v1/login', { method: 'POST', body: JSON.stringify({ email: OWNER, password }) })
  const refused = await logIn(SECRETS.almost)
  expect(refused.status).toBe(401)
  const { token } = JSON.parse((await logIn(SECRETS.admin)).body) as { token: string }
  const headers = { authorization: `Bearer ${token}` }
  const added = await ask('/api/v1/model-servers', {
    method: 'POST',
    headers,
    body: JSON.stringify({ name: 'added', baseUrl: stage.model.baseUrl, apiKey: SECRETS.added }),
  })
  expect(added.status).toBe(201)
  const [workspace] = (await rows('/api/v1/workspaces', headers)) ?? []
  const message = JSON.parse((await ask(`/api/v1/workspaces/${workspace}/messages`, { headers })).body)
  const described = JSON.parse((await ask('/api/v1/openapi.json')).body) as { paths: Record<string, object> }
  const answers = new Map([
    ['refused', refused.body],
    ['added', added.body],
  ])
  for (const path of Object.entries(described.paths).flatMap(([one, methods]) =>
    'get' in methods ? [one] : [],
  )) {
    const id = path.includes('/messages/') ? firstId(message) : workspace
    const { status, body } = await ask(path.replace(/\{\w+\}/g, id ?? 'none'), { headers })
    expect(status, path).toBeLessThan(500)
    answers.set(path, body)
  }
  for (const page of ['/admin/connections', '/admin/models', '/admin/audit']) {
    answers.set(page, (await ask(page, { headers })).body)
  }
  api = answers
  return token
}

async function speakTo(): Promise<void> {
  const { telegram, speech, model } = stage
  speech.script({ trouble: { status: 401, body: { error: { message: 'no such key' } } } })
  const talk = telegram.direct()
  const recording = speak('words')
  talk.voice(recording, 1)
  await until(
    telegram,
    () => talk.answers()[0],
    () => talk.answers(),
    20_000,
  )
  speech.script({ text: SAID.heard })
  model.script({ text: SAID.answer })
  talk.voice(recording, 1)
  await shown(telegram, talk, SAID.answer, 2)
}

function matrixRoom() {
  const { matrix } = stage
  const person = matrix.addPerson(`ana${matrix.rooms().length}`)
  const room = matrix.addRoom({ creator: person, bot: 'joined', direct: true })
  return {
    say: (text: string) => void matrix.say(room, person, text),
    answered: (text: string) =>
      vi.waitFor(
        () =>
          expect(
            matrix
              .messages(room)
              .map(({ body }) => body)
              .join(),
          ).toContain(text),
        15_000,
      ),
  }
}

async function ask(path: string, request: RequestInit = {}): Promise<{ status: number; body: string }> {
  const type = request.body === undefined ? {} : { 'content-type': 'application/json' }
  const response = await fetch(`${stage.url}${path}`, {
    ...request,
    headers: { ...type, ...request.headers },
  })
  return { status: response.status, body: await response.text() }
}

async function rows(path: string, headers: Record<string, string>): Promise<string[]> {
  const found: unknown = JSON.parse((await ask(path, { headers })).body)
  return JSON.stringify(found).match(/(?<="id":")[0-9a-f-]{36}/g) ?? []
}

function firstId(found: unknown): string | undefined {
  return JSON.stringify(found).match(/(?<="id":")[0-9a-f-]{36}/)?.[0]
}

/** The secrets that a text holds, as they are or in the forms that addresses and headers give them. */
function secretsIn(text: string, secrets: Readonly<Record<string, string>> = SECRETS): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) =>
    [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64').replace(/=+$/, '')].some(
      (form) => text.includes(form),
    )
      ? [name]
      : [],
  )
}

const issuedSecrets = () => Object.fromEntries(issued.map((token, index) => [`issued ${index}`, token]))
const wordsIn = (text: string) => Object.values(SAID).filter((words) => text.includes(words))
const linesWith = (text: string, words: readonly string[]) =>
  text.split('\n').filter((line) => words.some((one) => line.includes(one)))

it('went through everything that could tell', () => {
  const codes = new Set([...output.matchAll(/"code":"(\w+)"/g)].map(([, code]) => code))
  for (const code of [
    'model_unauthorized',
    'model_unreachable',
    'model_refused_request',
    'platform_forbidden',
  ])
    expect(codes).toContain(code)
  expect([...codes]).toEqual(expect.arrayContaining(['platform_unauthorized', 'platform_unreachable']))
  expect(processes.count).toBeGreaterThan(0)
  expect([...processes.seen].join()).toContain('PATH=')
  expect(database.get('public.messages')).toContain(SAID.question)
  expect(database.get('public.answers')).toContain(SAID.answer)
  expect([...database.keys()].filter((name) => name.startsWith('bullmq.')).length).toBeGreaterThan(0)
  expect([...api.keys()].length).toBeGreaterThan(10)
  expect(issued.length).toBeGreaterThan(3)
  expect(secretsIn(`x ${SECRETS.telegram} y`)).toEqual(['telegram'])
})

it('prints no secret and no chat text, whatever it logs', () => {
  const found = [...secretsIn(output), ...secretsIn(output, issuedSecrets())]
  expect(found, linesWith(output, [...Object.values(SECRETS), ...issued]).join('\n')).toEqual([])
  expect(wordsIn(output), linesWith(output, Object.values(SAID)).join('\n')).toEqual([])
})

it('tells none to those who watch it', () => {
  for (const text of [metrics, readiness]) {
    expect(secretsIn(text)).toEqual([])
    expect(secretsIn(text, issuedSecrets())).toEqual([])
    expect(wordsIn(text)).toEqual([])
  }
})

it('gives no secret back through the API', () => {
  const told = [...api].map(([path, body]) => [path, ...secretsIn(body)]).filter(({ length }) => length > 1)
  expect(told).toEqual([])
})

it('keeps secrets sealed, and chat text out of the queue and of what only explains', () => {
  const open = [...database]
    .map(([table, rows]) => [table, ...secretsIn(rows), ...secretsIn(rows, issuedSecrets())])
    .filter(({ length }) => length > 1)
  expect(open).toEqual([])
  const said = [...database]
    .filter(([table]) => QUIET_TABLES.test(table))
    .map(([table, rows]) => [table, ...wordsIn(rows)])
    .filter(({ length }) => length > 1)
  expect(said).toEqual([])
  const errors = (database.get('public.turns') ?? '').match(/"error_message":"[^"]*"/g) ?? []
  expect(errors.length).toBeGreaterThan(0)
  expect(wordsIn(errors.join())).toEqual([])
})

it('hands none to the processes that it starts', () => {
  const told = [...processes.seen].map((text) => secretsIn(text)).filter(({ length }) => length > 0)
  expect(told).toEqual([])
})

it('leaves none in its files', () => {
  const names = readdirSync(stage.dataDir, { recursive: true, withFileTypes: true })
  for (const entry of names.filter((one) => one.isFile()))
    expect(secretsIn(readFileSync(join(entry.parentPath, entry.name), 'latin1')), entry.name).toEqual([])
})
