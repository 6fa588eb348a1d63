import { readFile } from 'node:fs/promises'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { forgetInRestored } from '../../src/db/forgetting.ts'
import { readTombstones } from '../../src/db/tombstones.ts'
import { type ModelEmulator, startModelEmulator } from '../../src/simulator/models/index.ts'
import { type Chat, shown, until } from '../support/chats/chat.ts'
import {
  startDiscordChat,
  startMatrixChat,
  startSlackChat,
  startTelegramChat,
} from '../support/chats/index.ts'
import { startTestHub, type TestHub } from '../support/hub.ts'

const CHATS: readonly [string, () => Promise<Chat>][] = [
  ['Telegram', startTelegramChat],
  ['Slack', startSlackChat],
  ['Discord', startDiscordChat],
  ['Matrix', startMatrixChat],
]

describe.each(CHATS)('what is kept of a person on %s', (_name, startChat) => {
  let chat: Chat
  let model: ModelEmulator
  let hub: TestHub

  beforeAll(async () => {
    chat = await startChat()
    model = await startModelEmulator()
    hub = await startTestHub({ ...chat.environment, LLM_BASE_URL: model.baseUrl })
    await vi.waitFor(
      async () => {
        const [connection] = await hub.hub.storage.connections.list()
        expect(connection?.state, connection?.stateDetail).toBe('connected')
      },
      { timeout: 15_000 },
    )
  }, 40_000)
  afterEach(() => model.clearScript())
  afterAll(async () => {
    await hub?.close()
    await chat?.close()
    await model?.close()
  })

  const database = () => hub.hub.storage.database.pool
  const command = (text: string) => (chat.platform === 'slack' ? `/${text}` : `${chat.commandPrefix}${text}`)
  const kept = async (words: string) => {
    const { rows } = await database().query(
      `select (select count(*) from messages where text like $1) + (select count(*) from answers where text like $1)
         + (select count(*) from passages where text like $1) + (select count(*) from attachments where name like $1) as n`,
      [`%${words}%`],
    )
    return Number(rows[0].n)
  }

  it('is forgotten with a receipt, the answers disappear, and a restored backup brings nothing back', async () => {
    const talk = chat.direct()
    model.script({ text: 'The password is swordfish-answer.' })
    talk.attach(
      { name: 'swordfish-notes.txt', mimeType: 'text/plain', data: Buffer.from('swordfish in a file') },
      'swordfish-question',
    )
    const answer = await shown(chat, talk, 'swordfish-answer')
    await vi.waitFor(async () => {
      const { rows } = await database().query(`select 1 from turns where state in ('ready', 'working')`)
      expect(rows).toEqual([])
    })
    expect(await kept('swordfish')).toBeGreaterThanOrEqual(4)
    talk.say(command('privacy forget'))
    const receipt = await shown(chat, talk, /Forgotten, in this database/)
    expect(receipt.text).toMatch(/messages: 1[\s\S]*files: 1 \(passages read from them: 1[\s\S]*answers: 1,/)
    expect(await kept('swordfish')).toBe(0)
    await until(
      chat,
      () => !talk.answers().some(({ id }) => id === answer.id),
      () => talk.answers(),
      20_000,
    )

    // As a backup made before brings it back.
    await database().query(`update messages set text = 'swordfish again' where deleted_at is not null`)
    const tombstones = await readTombstones(hub.dataDir)
    expect(tombstones).toHaveLength(1)
    expect(await readFile(`${hub.dataDir}/forgotten.jsonl`, 'utf8')).not.toContain('swordfish')
    const client = new pg.Client({ connectionString: hub.hub.storage.connectionString })
    await client.connect()
    try {
      for (const { person, at } of tombstones) await forgetInRestored(client, person, at)
    } finally {
      await client.end()
    }
    expect(await kept('swordfish')).toBe(0)
  }, 40_000)

  it('is given to them as a file, where nobody else is', async () => {
    const talk = chat.direct()
    model.script({ text: 'A kept answer.' })
    talk.say('a kept question')
    await shown(chat, talk, 'A kept answer.')
    talk.say(command('privacy export'))
    await until(
      chat,
      () => talk.answers().find(({ isFile }) => isFile),
      () => talk.answers(),
    )
    const { rows } = await database().query(
      `select convert_from(file_data, 'UTF8') as text from answer_parts where file_name = 'brainall-export.json'`,
    )
    expect(JSON.parse(rows[0].text).messages).toContainEqual(
      expect.objectContaining({ text: 'a kept question', answers: ['A kept answer.'] }),
    )
    const company = chat.group()
    company.say(command('privacy export'), { mention: true })
    await shown(chat, company, /to me directly/)
  }, 30_000)

  it('is nothing while they paused it', async () => {
    const talk = chat.direct()
    talk.say(command('privacy pause'))
    await shown(chat, talk, /neither keep nor answer/)
    talk.say('unkept words')
    talk.say(command('privacy resume'))
    await shown(chat, talk, /I listen to you again/)
    expect(await kept('unkept words')).toBe(0)
    model.script({ text: 'Here again.' })
    talk.say('hello again')
    await shown(chat, talk, 'Here again.')
    expect(talk.answers()).toHaveLength(3)
  }, 30_000)
})
