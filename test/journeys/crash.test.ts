import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ModelEmulator, startModelEmulator } from '../../src/simulator/models/index.ts'
import { startTelegramEmulator, type TelegramEmulator } from '../../src/simulator/telegram/index.ts'
import { type HubProcess, spawnHub, untilRunning } from '../support/hub-process.ts'
import { startTestDatabase } from '../support/postgres.ts'

const WORDS = Array.from({ length: 60 }, (_, n) => `word${n}`)

describe('a hub that dies', () => {
  let telegram: TelegramEmulator
  let model: ModelEmulator
  let database: Awaited<ReturnType<typeof startTestDatabase>>
  let dataDir: string
  const hubs: HubProcess[] = []

  beforeEach(async () => {
    telegram = await startTelegramEmulator()
    model = await startModelEmulator()
    database = await startTestDatabase()
    dataDir = await mkdtemp(join(tmpdir(), 'brainall-crash-'))
  })
  afterEach(async () => {
    for (const hub of hubs.splice(0)) {
      hub.signal('SIGKILL')
      await hub.ended
    }
    await telegram.close()
    await model.close()
    await database.close()
    await rm(dataDir, { recursive: true, force: true })
  })

  const start = async (): Promise<HubProcess> => {
    const hub = spawnHub({
      DATA_DIR: dataDir,
      DATABASE_URL: database.connectionString,
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_API_ROOT: telegram.url,
      LLM_BASE_URL: model.baseUrl,
      LOG_LEVEL: 'warn',
    })
    hubs.push(hub)
    return await untilRunning(hub)
  }
  const ask = () => {
    const person = telegram.createPerson({ firstName: 'Ana' })
    const chat = telegram.privateChat(person)
    telegram.say(chat, person, 'count')
    const answers = () => chat.messages.filter(({ from, deleted }) => from.id === telegram.bot.id && !deleted)
    return { person, chat, answers }
  }

  it('in mid-stream, finishes the same message after it is started again', async () => {
    model.script({ text: WORDS.join(' '), tokensPerSecond: 12 })
    const first = await start()
    const { chat, person, answers } = ask()
    await telegram.waitFor(() => answers()[0]?.text.includes('word9'), 15_000)
    first.signal('SIGKILL')
    await first.ended
    expect(answers()[0]?.text).not.toContain('word59')

    await start()
    await telegram.waitFor(() => answers()[0]?.text.endsWith('word59'), 30_000)
    expect(answers()).toHaveLength(1)
    expect(answers()[0]?.text).toBe(WORDS.join(' '))

    model.script({ text: 'Next.' })
    telegram.say(chat, person, 'and now?')
    await telegram.waitFor(() => answers()[1]?.text === 'Next.', 15_000)
  }, 60_000)

  it('with a message it never saw, answers it after it is started again', async () => {
    const first = await start()
    first.signal('SIGKILL')
    await first.ended
    model.script({ text: 'Late but here.' })
    const { answers } = ask()
    await start()
    await telegram.waitFor(() => answers()[0]?.text === 'Late but here.', 20_000)
    expect(answers()).toHaveLength(1)
  }, 60_000)

  it('by SIGTERM while it answers, hands the answer over; the exit code is 0', async () => {
    model.script({ text: WORDS.join(' '), tokensPerSecond: 12 })
    const first = await start()
    const { answers } = ask()
    await telegram.waitFor(() => answers()[0]?.text.includes('word3'), 15_000)
    first.signal('SIGTERM')
    expect(await first.ended).toBe(0)
    await start()
    await telegram.waitFor(() => answers()[0]?.text.endsWith('word59'), 30_000)
    expect(answers()).toHaveLength(1)
    expect(answers()[0]?.text).toBe(WORDS.join(' '))
  }, 60_000)
})
