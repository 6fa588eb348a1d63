import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ModelEmulator, startModelEmulator } from '../../src/simulator/models/index.ts'
import { startTelegramEmulator, type TelegramEmulator } from '../../src/simulator/telegram/index.ts'
import { startTestHub, type TestHub } from '../support/hub.ts'
import { watchWire } from '../support/wire-check.ts'

describe('a person on Telegram', () => {
  let telegram: TelegramEmulator
  let model: ModelEmulator
  let hub: TestHub
  let wire: ReturnType<typeof watchWire>

  beforeAll(async () => {
    telegram = await startTelegramEmulator()
    wire = watchWire('telegram', telegram)
    model = await startModelEmulator()
    hub = await startTestHub({
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_API_ROOT: telegram.url,
      LLM_BASE_URL: `${model.url}/v1`,
    })
  })
  afterAll(async () => {
    await hub?.close()
    await telegram?.close()
    await model?.close()
  })

  it('is answered in a direct message, in one message that grows', async () => {
    const ana = telegram.createPerson({ firstName: 'Ana' })
    const chat = telegram.privateChat(ana)
    telegram.say(chat, ana, 'hello there')
    const answer = await telegram.waitForMessage(
      (message) => message.from.id === telegram.bot.id && message.chatId === chat.id,
      10_000,
    )
    await expect.poll(() => model.requests.length, { timeout: 5000 }).toBe(1)
    await expect.poll(() => answer.versions.length, { timeout: 10_000 }).toBeGreaterThan(1)
    expect(answer.text.length).toBeGreaterThan(10)
    expect(wire.violations).toEqual([])
  })
})
