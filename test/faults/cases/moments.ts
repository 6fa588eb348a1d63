import type { FaultCase, Settings } from '../case.ts'
import { pause } from '../crowd.ts'
import { countDoubts, eventually, inScene } from '../with-stage.ts'
import { POSTS } from './delivery.ts'

/** Kills at the worst moments. */
export const moments: readonly FaultCase[] = [
  {
    numbers: [16],
    name: 'kill -9 between the last token and the last edit',
    run: (settings) => killedWhen(settings, 'last token'),
  },
  {
    numbers: [17],
    name: 'kill -9 between a post and the record of its id',
    run: (settings) => killedWhen(settings, 'post'),
  },
  {
    numbers: [18],
    name: 'the same turn killed five times: put aside, told, and on',
    run: (settings) =>
      inScene(settings, { platforms: ['telegram'], crowd: { corners: 1 } }, async ({ stage, crowd, hub }) => {
        let running = hub
        const poison = stage.model.script({
          match: new RegExp(`q${crowd.asked + 1}$`),
          for: 'any',
          times: Number.POSITIVE_INFINITY,
          trouble: { kind: 'hang' },
        })
        const before = stage.model.requests.length
        crowd.ask()
        for (let death = 1; death <= 5; death++) {
          const begun = await eventually(() => stage.model.requests.length >= before + death, 30_000)
          if (!begun) return { faults: [`it was not tried a ${death}. time`] }
          running.signal('SIGKILL')
          await running.ended
          running = await stage.start()
        }
        await crowd.settled(30_000)
        poison()
        crowd.ask()
        await crowd.settled(30_000)
        const [row] = await stage.query<{ code: string }>(
          "select error_code as code from turns where state = 'failed'",
        )
        return { faults: row?.code === 'quarantined' ? [] : [`it ended as ${row?.code}`] }
      }),
  },
]

async function killedWhen(settings: Settings, moment: 'post' | 'last token') {
  return await inScene(settings, { crowd: { corners: 8 } }, async ({ stage, crowd, hub }) => {
    let running = hub
    for (let n = 0; n < settings.times; n++) {
      const chat = stage.chats[n % stage.chats.length]
      if (!chat) break
      const struck = Promise.withResolvers<void>()
      const victim = running
      const strike = (): void => {
        victim.signal('SIGKILL')
        struck.resolve()
      }
      const unsubscribe =
        moment === 'post'
          ? chat.onRequest(({ method, path }) => {
              if (POSTS[chat.platform].test(`${method} ${path}`)) strike()
            })
          : stage.model.onChange(() => {
              if (
                stage.model.requests.some(({ endedAt }) => endedAt !== undefined && Date.now() - endedAt < 20)
              )
                strike()
            })
      for (let m = 0; m < 8; m++) crowd.ask()
      await Promise.race([struck.promise, pause(15_000)])
      unsubscribe()
      victim.signal('SIGKILL')
      await victim.ended
      running = await stage.start()
    }
    await crowd.settled(60_000)
    return { note: `${settings.times} kills, ${await countDoubts(stage)} posts in doubt made again` }
  })
}
