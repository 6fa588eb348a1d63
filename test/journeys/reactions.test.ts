import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { type MatrixEmulator, startMatrixEmulator } from '../../src/simulator/matrix/index.ts'
import { type ModelEmulator, startModelEmulator } from '../../src/simulator/models/index.ts'
import { startTestHub, type TestHub } from '../support/hub.ts'

const SOON = { timeout: 12_000, interval: 50 }
let matrix: MatrixEmulator
let model: ModelEmulator
let hub: TestHub
let room: string
let ana: string
let rui: string

beforeAll(async () => {
  matrix = await startMatrixEmulator()
  model = await startModelEmulator({ tokensPerSecond: 500 })
  hub = await startTestHub({
    MATRIX_HOMESERVER_URL: matrix.url,
    MATRIX_ACCESS_TOKEN: matrix.accessToken,
    LLM_BASE_URL: model.baseUrl,
  })
  const connected = async () => {
    const [connection] = await hub.hub.storage.connections.list()
    expect(connection?.state).toBe('connected')
  }
  await vi.waitFor(connected, { timeout: 15_000 })
  ana = matrix.addPerson('ana')
  rui = matrix.addPerson('rui')
  const owner = matrix.addPerson('owner')
  room = matrix.addRoom({
    creator: owner,
    members: [ana, rui],
    bot: 'joined',
    joinRule: 'public',
    name: 'Team',
  })
}, 40_000)
afterEach(() => model.clearScript())
afterAll(async () => {
  await hub?.close()
  await matrix?.close()
  await model?.close()
})

const answers = () => matrix.messages(room).filter(({ sender }) => sender === matrix.botUserId)
const voices = async () =>
  (await hub.hub.storage.database.pool.query('select value from feedback order by at')).rows.map(
    ({ value }) => value,
  )

it('judge and redo an answer where there are no buttons', async () => {
  model.script({ text: 'First try.' })
  matrix.say(room, ana, '@brainall say something')
  await vi.waitFor(() => expect(answers().at(-1)?.body).toContain('First try.'), SOON)
  const id = answers().at(-1)?.eventId ?? ''
  matrix.react(room, rui, id, '👍🏽')
  matrix.react(room, ana, id, '👎')
  await vi.waitFor(async () => expect((await voices()).toSorted()).toEqual(['down', 'up']), SOON)
  model.script({ text: 'Second try.' })
  matrix.react(room, rui, id, '🔁')
  matrix.react(room, rui, id, '🎉')
  matrix.react(room, ana, id, '👍')
  await vi.waitFor(async () => expect(await voices()).toEqual(['up', 'up']), SOON)
  expect(answers().at(-1)?.body).toContain('First try.')
  matrix.react(room, ana, id, '🔄')
  await vi.waitFor(() => expect(answers().at(-1)?.body).toContain('Second try.'), SOON)
  expect(answers().at(-1)?.eventId).toBe(id)
}, 40_000)

it('stop it', async () => {
  model.script({ tokens: Array.from({ length: 600 }, (_, n) => `word${n} `), tokensPerSecond: 10 })
  matrix.say(room, ana, '@brainall talk for long')
  await vi.waitFor(() => expect(answers().at(-1)?.body).toContain('word1'), SOON)
  matrix.react(room, ana, answers().at(-1)?.eventId ?? '', '🛑')
  await vi.waitFor(() => expect(answers().at(-1)?.body).toMatch(/Stopped by ana/i), SOON)
  await vi.waitFor(() => expect(model.requests.at(-1)?.aborted).toBe(true), SOON)
}, 40_000)
