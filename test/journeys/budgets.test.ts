import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBudgetStore } from '../../src/db/budget-store.ts'
import type { NewBudget } from '../../src/ports/budget-store.ts'
import { type ModelEmulator, startModelEmulator } from '../../src/simulator/models/index.ts'
import { type Chat, shown } from '../support/chats/chat.ts'
import { startTelegramChat } from '../support/chats/telegram.ts'
import { startTestHub, type TestHub } from '../support/hub.ts'

const budget: NewBudget = {
  scope: 'person',
  scopeId: '',
  period: 'day',
  unit: 'tokens',
  limit: 600,
  lowAt: 0.5,
  whenLow: 'refuse',
  cheaperModel: undefined,
}

describe('a budget', () => {
  let chat: Chat
  let model: ModelEmulator
  let hub: TestHub

  beforeEach(async () => {
    chat = await startTelegramChat()
    model = await startModelEmulator({
      tokensPerSecond: 2000,
      models: [
        { id: 'smart', contextLength: 32_768 },
        { id: 'cheap', contextLength: 32_768 },
      ],
    })
    hub = await startTestHub({
      ...chat.environment,
      LLM_BASE_URL: model.baseUrl,
      LLM_MODEL: 'smart',
      CURRENCY: 'EUR',
    })
  })
  afterEach(async () => {
    await hub.close()
    await chat.close()
    await model.close()
  })
  const budgets = () => createBudgetStore(hub.hub.storage.database.db)

  it('that is used up refuses one person with the hour of its reset, and nobody else', async () => {
    await budgets().put({ ...budget, limit: 2_600 })
    model.script({ text: 'One two three. '.repeat(60), match: /all/ })
    const ana = chat.direct()
    ana.say('tell me all')
    await shown(chat, ana, 'One two three')
    ana.say('and more?')
    await shown(
      chat,
      ana,
      /your budget for today is used up. It starts afresh at \d{4}-\d\d-\d\d 00:00 UTC/,
      2,
    )
    model.script({ text: 'Hello Ben.' })
    const ben = chat.direct()
    ben.say('hello')
    await shown(chat, ben, 'Hello Ben.')
    ana.say('/usage')
    await shown(chat, ana, /Your budget for today: [\d,]+ tokens of 2,600 tokens left/, 3)
  }, 20_000)

  it('that is low has a cheaper model answer, and the person can see why', async () => {
    await budgets().putPrice({ model: 'smart', prompt: 10_000, completion: 20_000, audioMinute: 0 })
    await budgets().put({
      ...budget,
      unit: 'money',
      limit: 50_000_000,
      lowAt: 0.001,
      whenLow: 'cheaper',
      cheaperModel: 'cheap',
    })
    const ana = chat.direct()
    for (const [n, name] of ['smart', 'cheap'].entries()) {
      model.script({ text: `Answer ${n}.` })
      ana.say(`question ${n}`)
      await shown(chat, ana, `Answer ${n}.`, n + 1)
      expect(model.requests.at(-1)?.body.model).toBe(name)
    }
    ana.say('/why')
    await shown(chat, ana, /budget of the person \(day\) is low: answered by the cheaper model cheap/, 3)
    ana.say('/usage')
    await shown(chat, ana, /You, today: 2 answers, \d+ tokens \(€\d/, 4)
  }, 20_000)
})
