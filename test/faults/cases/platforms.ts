import type { FaultCase } from '../case.ts'
import { pause } from '../crowd.ts'
import { inScene } from '../with-stage.ts'
import { POSTS } from './delivery.ts'

const EDITS = {
  telegram: /editMessageText/,
  slack: /chat\.(update|appendStream)/,
  discord: /PATCH .*\/channels\/\d+\/messages/,
  matrix: /\/send\/m\.room\.message\//,
} as const

/** What platforms do to what the hub says. */
export const platforms: readonly FaultCase[] = [
  {
    numbers: [40],
    name: '429 with a time to wait: obeyed, nothing lost',
    run: (settings) =>
      inScene(settings, { platforms: ['telegram'] }, async ({ stage, crowd }) => {
        const [chat] = stage.chats
        const faults: string[] = []
        const posts: number[] = []
        const unsubscribe = chat?.onRequest(({ path }) => {
          if (/sendMessage/.test(path)) posts.push(performance.now())
        })
        chat?.faults.add({
          match: POSTS.telegram,
          times: 1,
          effect: {
            kind: 'answer',
            status: 429,
            body: {
              ok: false,
              error_code: 429,
              description: 'Too Many Requests: retry after 2',
              parameters: { retry_after: 2 },
            },
          },
        })
        crowd.ask()
        await crowd.settled(20_000)
        unsubscribe?.()
        const waited = Math.round((posts[1] ?? 0) - (posts[0] ?? 0))
        if (waited < 1_950) faults.push(`posted again after ${waited} ms`)
        return { faults }
      }),
  },
  {
    numbers: [43],
    name: 'one platform down for a while: the others unaffected, the backlog clears',
    run: (settings) =>
      inScene(settings, {}, async ({ stage, crowd }) => {
        const [down, ...up] = stage.chats
        const mend = [POSTS, EDITS].map((calls) =>
          down?.faults.add({
            match: down && calls[down.platform],
            times: Number.POSITIVE_INFINITY,
            effect: { kind: 'cut' },
          }),
        )
        for (let n = 0; n < settings.times * 4; n++) {
          crowd.ask()
          await pause(1000 / settings.rate)
        }
        await pause(5_000)
        const late = crowd
          .verdict([])
          .lost.filter((one) => up.some(({ platform }) => one.startsWith(platform)))
        for (const end of mend) end?.()
        await crowd.settled(120_000)
        return { faults: late.map((one) => `delayed by another platform: ${one}`) }
      }),
  },
  {
    numbers: [44],
    name: 'edits refused: no loop, the rest unaffected',
    run: (settings) =>
      inScene(
        settings,
        { platforms: ['telegram', 'discord'], crowd: { words: 60 } },
        async ({ stage, crowd }) => {
          let edits = 0
          const ends = stage.chats.map((chat) => {
            chat.onRequest(({ method, path }) => {
              if (EDITS[chat.platform].test(`${method} ${path}`)) edits += 1
            })
            const body =
              chat.platform === 'telegram'
                ? { ok: false, error_code: 403, description: 'Forbidden: bot was kicked from the group chat' }
                : { code: 50_001, message: 'Missing Access' }
            return chat.faults.add({
              match: EDITS[chat.platform],
              times: Number.POSITIVE_INFINITY,
              effect: { kind: 'answer', status: 403, body },
            })
          })
          const before = crowd.asked
          for (let n = 0; n < 4; n++) crowd.ask()
          await pause(8_000)
          for (const end of ends) end()
          const seen = edits
          await pause(4_000)
          const names = Array.from({ length: 4 }, (_, n) => `q${before + n + 1}`)
          const open = crowd.open().filter((name) => !names.includes(name))
          const half = crowd.verdict([]).half.length
          return {
            half: [],
            lost: open,
            faults: seen > 40 ? [`${seen} edits were tried`] : [],
            note: `${half} answers could not be finished: the platform refused`,
          }
        },
      ),
  },
]
