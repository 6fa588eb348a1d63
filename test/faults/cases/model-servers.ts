import { readFile } from 'node:fs/promises'
import {
  type ModelEmulator,
  type ScriptedReply,
  startModelEmulator,
} from '../../../src/simulator/models/index.ts'
import { type Chat, startTelegramChat, type Talk } from '../../support/chats/index.ts'
import type { FaultCase } from '../case.ts'
import { texts, withParts } from '../with-parts.ts'

/** More than three tries get through. */
const TWENTY = Array.from({ length: 20 }, (_, n) => `t${n} `)
const FOR_EVER = Number.POSITIVE_INFINITY

const telegram = async (): Promise<readonly [Chat]> => [await startTelegramChat()]

/** Servers that are away, refuse, or talk nonsense: how soon, how often, and what it costs. */
export const modelServers: readonly FaultCase[] = [
  {
    numbers: [31],
    name: 'refused, no such host, no TLS: one reason soon, then as before',
    run: (settings) =>
      withParts(settings, telegram, async ({ stage, faults, expect }, chat) => {
        const addresses = [
          'http://127.0.0.1:9/v1',
          'http://no-such-host.invalid/v1',
          stage.model.baseUrl.replace('http', 'https'),
        ]
        for (const address of addresses) {
          await stage.query(`update model_servers set base_url = '${address}' where purpose = 'chat'`)
          const talk = chat.direct()
          talk.say('hello')
          await expect(
            `a reason for ${address}`,
            () => /model server does not answer/.test(texts(talk).join()),
            20_000,
          )
          if (talk.answers().length !== 1) faults.push(`${talk.answers().length} answers for ${address}`)
        }
        await stage.query(
          `update model_servers set base_url = '${stage.model.baseUrl}' where purpose = 'chat'`,
        )
        stage.model.script({ text: 'Back.' })
        const talk = chat.direct()
        talk.say('hello')
        await expect('an answer afterwards', () => texts(talk).includes('Back.'), 20_000)
        return {}
      }),
  },
  {
    numbers: [32],
    name: 'a 10 MB line, a proxy page for all tries, malformed events: bounded, explained',
    run: (settings) =>
      withParts(settings, telegram, async ({ stage, hub, faults, expect }, chat) => {
        const before = await residentMegabytes(hub.pid)
        let peak = before
        const watching = setInterval(() => {
          void residentMegabytes(hub.pid).then((now) => {
            peak = Math.max(peak, now)
          })
        }, 50)
        const line = `data: ${'x'.repeat(10 * 1024 * 1024)}\n\n`
        const troubles: readonly [string, Partial<ScriptedReply>, RegExp][] = [
          [
            'line',
            { tokens: TWENTY, trouble: { kind: 'raw', afterTokens: 2, bytes: line } },
            /made no sense/,
          ],
          [
            'page',
            {
              trouble: {
                kind: 'answer',
                status: 200,
                headers: { 'content-type': 'text/html' },
                body: '<html>Log in</html>',
              },
            },
            /made no sense/,
          ],
          [
            'json',
            {
              tokens: TWENTY,
              trouble: { kind: 'raw', afterTokens: 1, bytes: 'data: {"choices": [}\n\n' },
            },
            /made no sense/,
          ],
          [
            'error',
            {
              tokens: TWENTY,
              trouble: { kind: 'error', afterTokens: 1, message: 'CUDA out of memory' },
            },
            /connection to the model broke/,
          ],
          [
            'early',
            { tokens: TWENTY, trouble: { kind: 'cut', afterTokens: 1, how: 'done' } },
            /connection to the model broke/,
          ],
        ]
        for (const [name, reply, told] of troubles) {
          stage.model.script({ match: new RegExp(`^${name}$`), for: 'any', times: FOR_EVER, ...reply })
          const talk = chat.direct()
          talk.say(name)
          if (!(await expect(`a reason for ${name}`, () => told.test(texts(talk).join()), 20_000)))
            faults.push(JSON.stringify(texts(talk)))
          const asked = stage.model.requests.filter((one) =>
            one.body.messages.some(({ content }) => content === name),
          )
          if (asked.length > 3) faults.push(`${name}: ${asked.length} tries`)
          if (talk.answers().length !== 1) faults.push(`${name}: ${JSON.stringify(texts(talk))}`)
        }
        clearInterval(watching)
        if (peak - before > 150) faults.push(`grew by ${peak - before} MB`)
        return { note: `memory ${before} MB, at most ${peak} MB` }
      }),
  },
  {
    numbers: [35],
    name: 'refusals of every kind on one of two servers: the other answers',
    run: (settings) =>
      withParts(
        settings,
        async () =>
          [
            await startTelegramChat(),
            asModelServer(await startModelEmulator({ tokensPerSecond: 500 })),
          ] as const,
        async ({ stage, faults, expect }, chat, second) => {
          await stage.query(
            `insert into model_servers (id, name, purpose, base_url, source) values (gen_random_uuid(), 'second', 'chat', '${second.model.baseUrl}', 'admin')`,
          )
          await expect(
            'the second server is listed',
            async () => {
              const rows = await stage.query(
                "select 1 from models m join model_servers s on s.id = m.server_id where s.name = 'second'",
              )
              return rows.length > 0
            },
            45_000,
          )
          const error = (message: string, code: number) => ({ error: { message, type: 'x', code } })
          const refusals: readonly [number, object, Record<string, string>?][] = [
            [401, error('invalid key', 401)],
            [403, error('no', 403)],
            [404, error('The model `demo` does not exist.', 404)],
            [429, error('too many', 429), { 'retry-after': '1' }],
            [429, error('too many', 429)],
            [500, error('oops', 500)],
            [502, {}],
            [503, error('busy', 503)],
            [504, {}],
            [400, error("This model's maximum context length is 10 tokens.", 400)],
          ]
          for (const [n, [status, body, headers = {}]] of refusals.entries()) {
            const question = `refused ${n} with ${status}`
            const match = new RegExp(`^${question}$`)
            stage.model.script({ match, times: FOR_EVER, trouble: { kind: 'answer', status, body, headers } })
            second.model.script({ match, text: `Second ${n}.` })
            const talk = chat.direct()
            talk.say(question)
            await expect(`an answer to ${question}`, () => texts(talk).join() === `Second ${n}.`, 20_000)
            const tries = [...stage.model.requests, ...second.model.requests].filter(
              ({ body: { messages } }) => messages.some(({ content }) => content === question),
            )
            if (tries.length > 3) faults.push(`${question}: ${tries.length} tries`)
          }
          return {}
        },
      ),
  },
  {
    numbers: [35],
    name: 'a burst of 5xx on the only server: three tries each, apart, then the circuit opens',
    run: (settings) =>
      withParts(settings, telegram, async ({ stage, faults, expect }, chat) => {
        const remove = stage.model.script({ times: FOR_EVER, trouble: { kind: 'answer', status: 500 } })
        const gaps: number[] = []
        const triesOf = async (talk: Talk): Promise<number> => {
          const before = stage.model.requests.length
          talk.say('hello')
          await expect('a reason', () => /does not answer/.test(texts(talk).join()), 20_000)
          const tries = stage.model.requests.slice(before).map(({ startedAt }) => startedAt)
          for (const [n, at] of tries.entries()) if (n > 0) gaps.push(at - (tries[n - 1] ?? 0))
          return tries.length
        }
        const tries: number[] = []
        for (let n = 0; n < 5; n++) tries.push(await triesOf(chat.direct()))
        if (tries.some((count) => count > 3)) faults.push(`tries: ${tries.join(', ')}`)
        if (tries.slice(3).some((count) => count > 1)) faults.push(`no open circuit: ${tries.join(', ')}`)
        if (new Set(gaps.map((gap) => Math.round(gap / 20))).size < 3)
          faults.push(`no jitter: ${gaps.join(', ')} ms`)
        remove()
        stage.model.script({ text: 'Back.' })
        const talk = chat.direct()
        talk.say('hello')
        await expect('an answer as soon as it is back', () => texts(talk).includes('Back.'))
        return { note: `tries ${tries.join(', ')}; ${gaps.map(Math.round).join(', ')} ms apart` }
      }),
  },
]

function asModelServer(model: ModelEmulator) {
  return { model, environment: {}, close: () => model.close() }
}

async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
}
