import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createSettingsStore } from '../../src/db/settings-store.ts'
import { type ModelEmulator, startModelEmulator } from '../../src/simulator/models/index.ts'
import {
  startTelegramEmulator,
  type TelegramChat,
  type TelegramEmulator,
  type TelegramMessage,
} from '../../src/simulator/telegram/index.ts'
import { startTestHub, type TestHub } from '../support/hub.ts'
import { watchWire } from '../support/wire-check.ts'

const ANSWER = `# Prices

| Item | **Cost** |
|:-----|-----:|
| Laptop | 1200 |
| [Desk](https://example.org/desk) @everyone | \`300\` |

1. first
2. second
   - [x] done

> quoted

\`\`\`js
const a = 1
\`\`\`

The end.`

describe('an answer with a table, where rich tables are wanted', () => {
  let telegram: TelegramEmulator
  let model: ModelEmulator
  let hub: TestHub
  let wire: ReturnType<typeof watchWire>

  beforeAll(async () => {
    telegram = await startTelegramEmulator()
    wire = watchWire('telegram', telegram)
    model = await startModelEmulator({ tokensPerSecond: 400 })
    hub = await startTestHub({
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_API_ROOT: telegram.url,
      LLM_BASE_URL: model.baseUrl,
    })
    await createSettingsStore(hub.hub.storage.database.db).change(
      { scope: 'hub' },
      { richText: true },
      'test',
    )
  })
  afterEach(() => {
    expect(wire.violations).toEqual([])
    model.clearScript()
  })
  afterAll(async () => {
    await hub?.close()
    await telegram?.close()
    await model?.close()
  })

  const ask = async (
    chat: TelegramChat,
    seen: (message: TelegramMessage) => boolean,
  ): Promise<TelegramMessage> => {
    const find = () =>
      chat.messages.find(
        (message) => message.from.id === telegram.bot.id && !message.deleted && seen(message),
      )
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(JSON.stringify(chat.messages.map(({ text, rich }) => [text, rich])))),
        15_000,
      )
      const look = (): void => {
        const found = find()
        if (!found) return
        clearTimeout(timer)
        stop()
        resolve(found)
      }
      const stop = telegram.onChange(look)
      look()
    })
  }
  const newChat = (): TelegramChat => {
    const person = telegram.createPerson({
      firstName: 'Ana',
      username: `ana_${Math.random().toString(36).slice(2, 8)}`,
    })
    const chat = telegram.privateChat(person)
    telegram.say(chat, person, 'what does it cost?')
    return chat
  }

  it('comes in blocks of Telegram, its buttons under it, with nobody named', async () => {
    model.script({ text: ANSWER })
    const answer = await ask(newChat(), ({ rich }) => rich?.source.includes('The end.') ?? false)
    expect(answer.entities).toEqual([])
    expect(answer.rich?.format).toBe('blocks')
    const blocks = JSON.parse(answer.rich?.source ?? '[]')
    expect(blocks.map(({ type }: { type: string }) => type)).toEqual([
      'heading',
      'table',
      'list',
      'blockquote',
      'pre',
      'paragraph',
    ])
    expect(blocks[1].cells[2]).toMatchObject([
      { text: [{ type: 'url', text: 'Desk', url: 'https://example.org/desk' }, ' @everyone'], align: 'left' },
      { text: { type: 'code', text: '300' }, align: 'right' },
    ])
    await ask(telegramChatOf(answer), ({ replyMarkup }) =>
      JSON.stringify(replyMarkup ?? '').includes('Retry'),
    )
  })

  it('without a table stays an ordinary message', async () => {
    model.script({ text: 'No table here, **only** words.' })
    const answer = await ask(newChat(), ({ text }) => text.includes('only words'))
    expect(answer.rich).toBeUndefined()
  })

  function telegramChatOf(answer: TelegramMessage): TelegramChat {
    const found = [...telegram.chats.values()].find((chat) => chat.messages.includes(answer))
    if (!found) throw new Error('no chat')
    return found
  }
})
