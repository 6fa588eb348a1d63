import { readFile } from 'node:fs/promises'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type ModelEmulator, startModelEmulator } from '../../src/simulator/models/index.ts'
import { type Chat, shown } from '../support/chats/chat.ts'
import { startDiscordChat } from '../support/chats/discord.ts'
import { startMatrixChat } from '../support/chats/matrix.ts'
import { startSlackChat } from '../support/chats/slack.ts'
import { startTelegramChat } from '../support/chats/telegram.ts'
import { startTestHub, type TestHub } from '../support/hub.ts'
import { watchWire } from '../support/wire-check.ts'

const CHATS: readonly [string, () => Promise<Chat>][] = [
  ['Telegram', startTelegramChat],
  ['Slack', startSlackChat],
  ['Discord', startDiscordChat],
  ['Matrix', startMatrixChat],
]

const fixture = (name: string): Promise<Buffer> =>
  readFile(new URL(`../workers/read-files/files/${name}`, import.meta.url))
const asPdf = async (name: string) => ({ name, mimeType: 'application/pdf', data: await fixture(name) })
const asText = (name: string, text: string) => ({ name, mimeType: 'text/plain', data: Buffer.from(text) })

describe.each(CHATS)('a person on %s who gives a file', (_name, startChat) => {
  let chat: Chat
  let model: ModelEmulator
  let hub: TestHub
  let wire: ReturnType<typeof watchWire>

  beforeAll(async () => {
    chat = await startChat()
    wire = watchWire(chat.platform, chat)
    model = await startModelEmulator({
      tokensPerSecond: 500,
      models: [{ id: 'demo-model', contextLength: 32_768, abilities: { vision: true } }],
    })
    hub = await startTestHub({ ...chat.environment, LLM_BASE_URL: model.baseUrl })
    await vi.waitFor(
      async () => {
        const [connection] = await hub.hub.storage.connections.list()
        expect(connection?.state, connection?.stateDetail).toBe('connected')
      },
      { timeout: 15_000 },
    )
  }, 40_000)
  afterEach(() => {
    model.clearScript()
    expect(wire.violations).toEqual([])
  })
  afterAll(async () => {
    await hub?.close()
    await chat?.close()
    await model?.close()
  })

  const lastPrompt = () => JSON.stringify(model.requests.at(-1)?.body.messages ?? [])

  it('is answered from it, and from it again in the next question', async () => {
    const talk = chat.direct()
    model.script({ text: 'It is pineapple (report.pdf, page 2).' })
    talk.attach(await asPdf('report.pdf'), 'what is the keyword?')
    const answer = await shown(chat, talk, 'It is pineapple')
    const [asked] = [lastPrompt()]
    expect(asked).toContain(
      '<file name=\\\\\\"report.pdf\\\\\\" page=\\\\\\"2\\\\\\">'.replaceAll('\\\\\\', '\\'),
    )
    expect(asked).toContain('the keyword is pineapple')
    expect(asked).toContain('what is the keyword?')

    model.script({ text: 'Zebras, too.' })
    talk.goOn('', answer, 'and which animals?')
    await shown(chat, talk, 'Zebras, too.')
    expect(lastPrompt()).toContain('mentions zebras')
  }, 40_000)

  it('is told plainly when it cannot be read, and costs no model call', async () => {
    const talk = chat.direct()
    const calls = model.requests.length
    talk.attach(await asPdf('locked.pdf'), '')
    await shown(chat, talk, /locked\.pdf.*locked with a password/)
    expect(model.requests).toHaveLength(calls)
  }, 40_000)

  it('is answered all the same, with a note, when there were words to it', async () => {
    const talk = chat.direct()
    model.script({ text: 'I can only answer from your words.' })
    talk.attach(asText('tool.bin', `\x7fELF${'\0'.repeat(200)}`), 'what is this?')
    const answer = await shown(chat, talk, 'I can only answer from your words.')
    expect(answer.text).toMatch(/tool\.bin.*cannot read this kind of file/s)
  }, 40_000)

  it('of more text than the model takes is answered from the pages that fit the question', async () => {
    const talk = chat.direct()
    const filler = Array.from({ length: 6_000 }, (_, n) => `Line ${n} is about the weather of that day.`)
    filler[4_321] = 'The combination of the safe is 48-15-16.'
    model.script({ text: 'The combination is 48-15-16.' })
    talk.attach(asText('diary.txt', filler.join('\n')), 'What is the combination of the safe?')
    await shown(chat, talk, 'The combination is 48-15-16.')
    expect(lastPrompt()).toContain('The combination of the safe is 48-15-16.')
    expect(lastPrompt()).toMatch(/These are the \d+ passages of \d+ that fit best/)
    expect(lastPrompt().length).toBeLessThan(60_000)
  }, 40_000)

  it('sees an image answered by a model that sees, and is told where it does not', async () => {
    const image = { name: 'plan.png', mimeType: 'image/png', data: await picture() }
    const talk = chat.direct()
    model.script({ text: 'I see nothing.' })
    talk.attach(image, 'what is on it?')
    const blind = await shown(chat, talk, 'I see nothing.')
    expect(blind.text).toMatch(/demo-model does not see images/)
    expect(lastPrompt()).not.toContain('image_url')

    await hub.hub.storage.models.putFacts('demo-model', { vision: true })
    const other = chat.direct()
    model.script({ text: 'A red square.' })
    other.attach(image, 'what is on it?')
    const seen = await shown(chat, other, 'A red square.')
    expect(seen.text).not.toMatch(/does not see/)
    expect(lastPrompt()).toMatch(/image_url.{0,30}data:image\/jpeg;base64,/)
    model.script({ text: 'Still red.' })
    other.goOn('', seen, 'and its colour?')
    await shown(chat, other, 'Still red.')
    expect(lastPrompt()).toContain('data:image/jpeg;base64,')
    await hub.hub.storage.models.putFacts('demo-model', {})
  }, 40_000)
})

async function picture(): Promise<Buffer> {
  return await sharp({ create: { width: 64, height: 64, channels: 3, background: 'red' } })
    .png()
    .toBuffer()
}
