import type { HubProcess } from '../../support/hub-process.ts'
import type { FaultCase, Finding, Settings } from '../case.ts'
import { pause } from '../crowd.ts'
import { inScene } from '../with-stage.ts'

const DRAIN_MS = 8_000
/** To close everything after draining. */
const CLOSING_MS = 12_000
const AT_ONCE_MS = 2_000
const SLOW = { tokensPerSecond: 4, crowd: { corners: 13, words: 20 } } as const

/** How a hub ends when it is told to. */
export const stops: readonly FaultCase[] = [
  {
    numbers: [19],
    name: '50 answers stream: SIGTERM finishes or hands over in time; twice ends at once',
    run: (settings) =>
      inScene(settings, SLOW, async (scene) => {
        const { crowd, hub, stage } = scene
        const faults: string[] = []
        for (let n = 0; n < 50; n++) crowd.ask()
        await pause(3_000)
        const drained = await ending(hub, ['SIGTERM'])
        if (drained.how !== 0) faults.push(`it ended with ${drained.how}`)
        if (drained.ms > DRAIN_MS + CLOSING_MS) faults.push(`it took ${drained.ms} ms to end`)
        const next = await stage.start()
        for (let n = 0; n < 50; n++) crowd.ask()
        await pause(3_000)
        const twice = await ending(next, ['SIGTERM', 'SIGTERM'])
        if (twice.ms > AT_ONCE_MS) faults.push(`told twice it took ${twice.ms} ms to end`)
        await stage.start()
        return { faults, note: `drained in ${drained.ms} ms, told twice ended in ${twice.ms} ms` }
      }),
  },
  {
    numbers: [19],
    name: 'a deploy while answers stream: the new version runs before the old one drains',
    run: deployed,
  },
]

async function deployed(settings: Settings): Promise<Finding> {
  return await inScene(settings, { tokensPerSecond: 15 }, async (scene) => {
    const { stage, crowd } = scene
    let running = scene.hub
    const asking = new AbortController()
    const asked = crowd.keepAsking(settings.rate, asking.signal)
    for (let n = 0; n < settings.times; n++) {
      await pause(1_000 + Math.random() * 1_500)
      const next = await stage.start()
      running.signal('SIGTERM')
      await running.ended
      running = next
    }
    asking.abort()
    await asked
    return { note: `${settings.times} deploys` }
  })
}

/** Signals a second apart from one another, as two keystrokes are. */
async function ending(
  hub: HubProcess,
  signals: readonly 'SIGTERM'[],
): Promise<{ readonly how: number | string; readonly ms: number }> {
  let last = performance.now()
  for (const [n, signal] of signals.entries()) {
    if (n > 0) await pause(1_200)
    hub.signal(signal)
    last = performance.now()
  }
  const how = await hub.ended
  return { how, ms: Math.round(performance.now() - last) }
}
