import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { loadEnvironment } from '../../config/load.ts'
import { inspectBackup, makeBackup, restoreBackup } from '../../src/backup/index.ts'
import { type ModelEmulator, startModelEmulator } from '../../src/simulator/models/index.ts'
import { type Chat, shown } from '../support/chats/chat.ts'
import { startDiscordChat } from '../support/chats/discord.ts'
import { startMatrixChat } from '../support/chats/matrix.ts'
import { startTelegramChat } from '../support/chats/telegram.ts'
import { startTestHub, type TestHub } from '../support/hub.ts'
import { startTestDatabase } from '../support/postgres.ts'

/** Where the platform remembers what was taken, and two where the hub does. */
const CHATS: readonly [string, () => Promise<Chat>][] = [
  ['Telegram', startTelegramChat],
  ['Discord', startDiscordChat],
  ['Matrix', startMatrixChat],
]
const never = new AbortController().signal

describe.each(CHATS)('a hub on %s that is lost and restored from a backup', (_, startChat) => {
  let chat: Chat
  let model: ModelEmulator
  let folder: string
  let second: Awaited<ReturnType<typeof startTestDatabase>>
  const hubs: TestHub[] = []

  beforeEach(async () => {
    chat = await startChat()
    model = await startModelEmulator({ tokensPerSecond: 500 })
    folder = await mkdtemp(join(tmpdir(), 'brainall-restore-'))
    second = await startTestDatabase()
  })
  afterEach(async () => {
    for (const hub of hubs.splice(0)) await hub.close()
    await chat.close()
    await model.close()
    await second.close()
    await rm(folder, { recursive: true, force: true })
  })

  const start = async (environment: Readonly<Record<string, string>> = {}): Promise<TestHub> => {
    const hub = await startTestHub({
      ...chat.environment,
      LLM_BASE_URL: model.baseUrl,
      SECRET_KEY: 'one key for both hubs, long enough',
      ...environment,
    })
    hubs.push(hub)
    await vi.waitFor(
      async () => {
        const [connection] = await hub.hub.storage.connections.list()
        expect(connection?.state, connection?.stateDetail).toBe('connected')
      },
      { timeout: 15_000 },
    )
    return hub
  }

  it('goes on talking where it stood, and answers nothing twice', async () => {
    const talk = chat.direct()
    const elsewhere = chat.direct()
    const later = chat.group()
    const first = await start()
    model.script({ match: /favourite colour/, text: 'I shall remember blue.' })
    const question = talk.say('my favourite colour is blue')
    const answer = await shown(chat, talk, 'I shall remember blue.')
    model.script({
      match: /for ever/,
      tokens: Array.from({ length: 200 }, (_, n) => `word${n} `),
      tokensPerSecond: 10,
    })
    elsewhere.say('talk for ever')
    await shown(chat, elsewhere, 'word3')

    const { database, secrets } = first.hub.storage
    const path = join(folder, 'one.backup')
    await makeBackup(
      { environment: loadEnvironment({ DATA_DIR: folder }), pool: database.pool, secrets, signal: never },
      { path },
    )
    model.script({ match: /after the backup/, text: 'Answered before the loss.' })
    later.say('said after the backup', { mention: true })
    await shown(chat, later, 'Answered before the loss.')
    await hubs.pop()?.close()
    const half = elsewhere.answers().map(({ text }) => text)
    const calls = model.requests.length

    const contents = await inspectBackup(path, undefined, never)
    const report = await restoreBackup({
      connectionString: second.connectionString,
      contents,
      backupKey: undefined,
      secrets,
      filesRoot: folder,
      force: false,
      moved: false,
      dryRun: false,
      signal: never,
    })
    expect(report.cancelledTurns).toBe(1)

    await start({ DATABASE_URL: second.connectionString })
    model.clearScript()
    model.script({ match: /which colour/, text: 'Blue, as you said.' })
    const more = talk.goOn(question, answer, 'which colour was it?')
    const next = await shown(chat, talk, 'Blue, as you said.', 2)
    expect(talk.belongsTo(more, next)).toBe(true)
    expect(
      model.requests
        .at(-1)
        ?.body.messages.map(({ role, content }) => [role, content])
        .slice(1),
    ).toEqual([
      ['user', 'my favourite colour is blue'],
      ['assistant', 'I shall remember blue.'],
      ['user', 'which colour was it?'],
    ])
    expect(model.requests).toHaveLength(calls + 1)
    expect(talk.answers()).toHaveLength(2)
    expect(later.answers().map(({ text }) => text)).toEqual([expect.stringContaining('Answered before')])
    expect(elsewhere.answers().map(({ text }) => text)).toEqual(half)
  }, 60_000)
})
