import type { ReplyTrouble } from '../../../src/simulator/models/reply-script.ts'
import type { FaultCase, Settings } from '../case.ts'
import { inScene } from '../with-stage.ts'

const TROUBLES: Readonly<Record<string, ReplyTrouble>> = {
  'cut by a reset': { kind: 'cut', afterTokens: 6, how: 'reset' },
  'ended without a word': { kind: 'cut', afterTokens: 6, how: 'end' },
  'done too early': { kind: 'cut', afterTokens: 6, how: 'done' },
  'an error inside': { kind: 'error', afterTokens: 6, message: 'out of memory' },
  'malformed events': { kind: 'raw', afterTokens: 6, bytes: 'data: {"choices": [}\n\n' },
  "a proxy's page": { kind: 'answer', status: 200, body: '<html><body>Log in</body></html>' },
  '429': { kind: 'answer', status: 429, body: {} },
  '401': { kind: 'answer', status: 401, body: {} },
  '503': { kind: 'answer', status: 503, body: {} },
}

/** What model servers do. */
export const models: readonly FaultCase[] = [
  {
    numbers: [32, 35],
    name: 'streams cut, broken, malformed; refusals: one outcome each',
    run: (settings) => underTrouble(settings, Object.values(TROUBLES), 1),
  },
  {
    numbers: [31],
    name: 'the model server is not there, for all its tries',
    run: (settings) => underTrouble(settings, [{ kind: 'answer', status: 502, body: {} }], 12),
  },
  {
    numbers: [34],
    name: 'empty answers: an honest reason each',
    run: (settings) =>
      inScene(settings, {}, async ({ stage, crowd }) => {
        const end = stage.model.script({ for: 'any', times: 4, text: '' })
        for (let n = 0; n < 4; n++) crowd.ask()
        await crowd.settled(30_000)
        end()
        return undefined
      }),
  },
]

function underTrouble(settings: Settings, troubles: readonly ReplyTrouble[], times: number) {
  return inScene(settings, {}, async ({ stage, crowd }) => {
    for (const trouble of troubles) {
      const { name, text } = crowd.next()
      const end = stage.model.script({
        match: (request) => JSON.stringify(request.messages.at(-1)).includes(name),
        for: 'any',
        times,
        text,
        trouble,
      })
      for (let n = 0; n < 4; n++) crowd.ask()
      await crowd.settled(60_000)
      end()
    }
    return undefined
  })
}
