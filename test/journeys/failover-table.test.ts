import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ModelEmulator,
  type ScriptedReply,
  startModelEmulator,
} from '../../src/simulator/models/index.ts'
import { type Chat, shown } from '../support/chats/chat.ts'
import { startTelegramChat } from '../support/chats/telegram.ts'
import { startTestHub, type TestHub } from '../support/hub.ts'

const WORDS = Array.from({ length: 24 }, (_, n) => `w${n} `)
const WHOLE = WORDS.join('').trim()
const error = (message: string, code: number) => ({ error: { message, type: 'x', param: null, code } })

interface Row {
  readonly fault: string
  readonly trouble: Partial<ScriptedReply>
}

const MID = { tokens: WORDS, tokensPerSecond: 200 }
const ROWS: readonly Row[] = [
  {
    fault: '500 before a word',
    trouble: { trouble: { kind: 'answer', status: 500, body: error('oops', 500) } },
  },
  {
    fault: '503 overloaded',
    trouble: { trouble: { kind: 'answer', status: 503, body: error('busy', 503) } },
  },
  {
    fault: '500 out of memory',
    trouble: { trouble: { kind: 'answer', status: 500, body: error('CUDA out of memory', 500) } },
  },
  { fault: '401', trouble: { trouble: { kind: 'answer', status: 401, body: error('no key', 401) } } },
  {
    fault: '404, model gone',
    trouble: { trouble: { kind: 'answer', status: 404, body: error('no such model', 404) } },
  },
  {
    fault: "a proxy's page",
    trouble: {
      trouble: { kind: 'answer', status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' },
    },
  },
  {
    fault: 'nothing but headers (time-out to first token)',
    trouble: { ...MID, trouble: { kind: 'hang', afterTokens: 0 } },
  },
  {
    fault: 'silence in mid-answer (time-out between tokens)',
    trouble: { ...MID, trouble: { kind: 'hang', afterTokens: 12 } },
  },
  {
    fault: 'reset in mid-answer',
    trouble: { ...MID, trouble: { kind: 'cut', afterTokens: 12, how: 'reset' } },
  },
  { fault: 'stream ended early', trouble: { ...MID, trouble: { kind: 'cut', afterTokens: 12, how: 'end' } } },
  {
    fault: 'out of memory in mid-answer',
    trouble: { ...MID, trouble: { kind: 'error', afterTokens: 12, message: 'CUDA out of memory' } },
  },
  {
    fault: 'garbage in mid-answer',
    trouble: { ...MID, trouble: { kind: 'raw', afterTokens: 12, bytes: 'data: {"choices": [}\n\n' } },
  },
  {
    fault: '429, an hour of rest',
    trouble: { trouble: { kind: 'answer', status: 429, headers: { 'retry-after': '3600' }, body: {} } },
  },
]

describe('failover', () => {
  let chat: Chat
  let first: ModelEmulator
  let second: ModelEmulator
  let hub: TestHub

  beforeAll(async () => {
    chat = await startTelegramChat()
    first = await startModelEmulator({ models: [{ id: 'big', contextLength: 32_768 }] })
    second = await startModelEmulator({ models: [{ id: 'small', contextLength: 32_768 }] })
    hub = await startTestHub({
      ...chat.environment,
      LLM_BASE_URL: first.baseUrl,
      LLM_MODEL: 'smart',
      LLM_SERVERS: `second=${second.baseUrl}`,
      LLM_FIRST_TOKEN_MS: '1500',
      LLM_BETWEEN_TOKENS_MS: '1500',
    })
    const { models } = hub.hub.storage
    await models.refresh(new AbortController().signal)
    await models.putAlias({ name: 'fast', targets: [{ model: 'small', weight: 1 }], fallback: undefined })
    await models.putAlias({ name: 'smart', targets: [{ model: 'big', weight: 1 }], fallback: 'fast' })
  })
  afterAll(async () => {
    await hub.close()
    await chat.close()
    await first.close()
    await second.close()
  })

  const ask = async (question: string) => {
    const talk = chat.direct()
    const startedAt = performance.now()
    talk.say(question)
    const answer = await shown(chat, talk, /w23$/)
    const tookMs = performance.now() - startedAt
    talk.say('/why')
    const why = await shown(chat, talk, /answered by/, 2)
    return { answer, tookMs, messages: talk.answers().length - 1, why: why.text }
  }

  it('shows one whole answer whatever the first server does, and says why in /why', async () => {
    first.script({ text: WHOLE, tokensPerSecond: 200 })
    const { tookMs: healthyMs } = await ask('healthy')
    const table: object[] = []
    for (const { fault, trouble } of ROWS) {
      // Resets what the hub remembers of the last row.
      first.script({ text: WHOLE, tokensPerSecond: 200 })
      await ask('healthy')
      const match = new RegExp(`^${fault.replace(/[(),.]/g, '.')}$`)
      const stop = first.script({ match, times: 10, for: 'any', ...trouble })
      second.script({ match, times: 10, for: 'any', text: WHOLE, tokensPerSecond: 200 })
      const { answer, tookMs, messages, why } = await ask(fault)
      stop()
      second.clearScript()
      expect(answer.text.trim(), fault).toBe(WHOLE)
      expect(messages, fault).toBe(1)
      expect(why, fault).toMatch(/failed \(model_\w+\)/)
      expect(why, fault).toContain('answered by small on second, as the fallback fast')
      const code = /failed \((\w+)\)/.exec(why)?.[1]
      table.push({
        fault,
        recognized: code,
        saw: 'the whole answer, in one message',
        lostMs: Math.max(0, Math.round(tookMs - healthyMs)),
      })
    }
    await first.close()
    second.script({ match: /^refused$/, times: 10, for: 'any', text: WHOLE, tokensPerSecond: 200 })
    const { answer, tookMs } = await ask('refused')
    expect(answer.text.trim()).toBe(WHOLE)
    table.push({
      fault: 'connection refused',
      recognized: 'model_unreachable',
      saw: 'the whole answer, in one message',
      lostMs: Math.max(0, Math.round(tookMs - healthyMs)),
    })
    console.table(table)
    const [server] = (await hub.hub.storage.models.list()).filter(({ name }) => name === 'llm')
    if (!server) throw new Error('the first server is not known')
    const health = await hub.hub.storage.models.health(server.id)
    expect(new Set(health.faults.map(({ code }) => code)).size).toBeGreaterThanOrEqual(7)
  }, 120_000)
})
