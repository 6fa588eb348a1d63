import type { FaultCase } from '../case.ts'
import { pause } from '../crowd.ts'
import { inScene } from '../with-stage.ts'

/** Too much of everything. */
export const load: readonly FaultCase[] = [
  {
    numbers: [48],
    name: 'one workspace at a hundred times the others: they are served as before',
    run: (settings) =>
      inScene(
        settings,
        {
          hubEnvironment: { REPLY_CONCURRENCY: '4' },
          crowd: { corners: 4 },
          crowdOn: ['slack', 'discord', 'matrix'],
        },
        async ({ stage, crowd }) => {
          const [noisy] = stage.chats
          const flood = Array.from({ length: 20 }, () => noisy?.direct())
          for (let n = 0; n < 200; n++) flood[n % flood.length]?.say('noise')
          await pause(500)
          const waits: number[] = []
          for (let n = 0; n < 12; n++) {
            const startedAt = performance.now()
            for (let m = 0; m < 3; m++) crowd.ask()
            await crowd.settled(30_000)
            waits.push(performance.now() - startedAt)
          }
          waits.sort((a, b) => a - b)
          const worst = Math.round(waits.at(-1) ?? 0)
          return {
            faults: worst > 15_000 ? [`somebody waited ${worst} ms beside the noise`] : [],
            note: `worst wait of a round ${worst} ms, median ${Math.round(waits[6] ?? 0)} ms`,
          }
        },
      ),
  },
  {
    numbers: [49, 50],
    name: 'ten times what fits: refused politely with a number, memory bounded, then as before',
    run: (settings) =>
      inScene(
        settings,
        {
          hubEnvironment: { MAX_WORKSPACE_BACKLOG: '40', MAX_CONVERSATION_BACKLOG: '10' },
          crowd: { corners: 4 },
        },
        async ({ stage, crowd }) => {
          for (let n = 0; n < 400; n++) crowd.ask()
          await crowd.settled(120_000)
          const [open] = await stage.query<{ count: number }>(
            "select count(*)::int as count from turns where state in ('ready', 'working')",
          )
          const [busy] = await stage.query<{ count: number }>(
            "select count(*)::int as count from decisions where code = 'busy'",
          )
          return {
            faults: (busy?.count ?? 0) === 0 ? ['nobody was refused'] : [],
            note: `${busy?.count} of ${crowd.asked} refused politely, ${open?.count} left open`,
          }
        },
      ),
  },
]
