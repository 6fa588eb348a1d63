import type { HubProcess } from '../../support/hub-process.ts'
import type { FaultCase, Finding, Settings } from '../case.ts'
import { createCrowd, pause } from '../crowd.ts'
import { arrivalOrder, openStage, type Stage, withFates } from '../stage.ts'

const SETTLE_MS = 60_000

/** How a process ends, and how long it lives before that. */
interface Blow {
  readonly roles: readonly { readonly roles: string; readonly struck: boolean }[]
  /** Ends the process, or interrupts it; resolves when another one may be started. `true`: it still runs. */
  strike(hub: HubProcess): Promise<boolean>
}

const kill = async (hub: HubProcess): Promise<boolean> => {
  hub.signal('SIGKILL')
  await hub.ended
  return false
}

async function terminate(hub: HubProcess): Promise<boolean> {
  hub.signal('SIGTERM')
  await hub.ended
  return false
}

/** Past the lease, then on: it must notice that others have its work. */
const FROZEN_MS = 11_000

async function freeze(hub: HubProcess): Promise<boolean> {
  hub.signal('SIGSTOP')
  await pause(FROZEN_MS)
  hub.signal('SIGCONT')
  return true
}

async function underBlows(
  { backend, times, rate }: Settings,
  blow: Blow,
  lifeMs: () => number,
): Promise<Finding> {
  const stage: Stage = await openStage({ backend })
  try {
    const start = async (roles: string) => ({
      roles,
      hub: await stage.start({ ROLES: roles, PORT: '0' }),
    })
    const running = await Promise.all(
      blow.roles.map(async ({ roles, struck }) => ({ ...(await start(roles)), struck })),
    )
    const crowd = createCrowd({
      chats: stage.chats,
      model: stage.model,
      corners: Math.max(6, Math.ceil(rate * 1.2)),
    })
    await crowd.greet(60_000)
    const asking = new AbortController()
    const asked = crowd.keepAsking(rate, asking.signal)
    for (let n = 0; n < times; n++) {
      await pause(lifeMs())
      const victims = running.filter(({ struck }) => struck)
      const victim = victims[n % victims.length]
      if (!victim) break
      if (!(await blow.strike(victim.hub))) victim.hub = await stage.start({ ROLES: victim.roles })
    }
    asking.abort()
    await asked
    const endedAt = performance.now()
    await crowd.settled(SETTLE_MS)
    const settledMs = Math.round(performance.now() - endedAt)
    const verdict = crowd.verdict(await arrivalOrder(stage))
    const [doubts] = await stage.query<{ count: number }>(
      'select coalesce(sum(doubts), 0)::int as count from answer_parts',
    )
    return {
      ...verdict,
      lost: await withFates(stage, verdict.lost),
      faults: verdict.orphans > (doubts?.count ?? 0) ? ['more orphans than doubts were recorded'] : [],
      note: `${times} blows, settled in ${settledMs} ms, ${doubts?.count} posts in doubt, ${verdict.reordered.length} conversations redelivered out of order`,
    }
  } finally {
    await stage.close()
  }
}

const random = (least: number, most: number) => () => least + Math.random() * (most - least)
const WHOLE = [{ roles: 'all', struck: true }]

export const kills: readonly FaultCase[] = [
  {
    numbers: [13],
    name: 'kill -9 of the whole hub under load',
    run: (settings) => underBlows(settings, { roles: WHOLE, strike: kill }, random(500, 6_000)),
  },
  {
    numbers: [14],
    name: 'kill -9 of the worker only',
    run: (settings) =>
      underBlows(
        settings,
        {
          roles: [
            { roles: 'gateway,web', struck: false },
            { roles: 'worker', struck: true },
          ],
          strike: kill,
        },
        random(500, 6_000),
      ),
  },
  {
    numbers: [15],
    name: 'kill -9 of the gateway only',
    run: (settings) =>
      underBlows(
        settings,
        {
          roles: [
            { roles: 'gateway,web', struck: true },
            { roles: 'worker', struck: false },
          ],
          strike: kill,
        },
        random(500, 8_000),
      ),
  },
  {
    numbers: [19],
    name: 'SIGTERM while answers stream',
    run: (settings) => underBlows(settings, { roles: WHOLE, strike: terminate }, random(1_000, 4_000)),
  },
  {
    numbers: [20],
    name: 'a worker frozen past its lease, then continued',
    run: (settings) =>
      underBlows(
        { ...settings, times: Math.ceil(settings.times / 4) },
        {
          roles: [
            { roles: 'gateway,web', struck: false },
            { roles: 'worker', struck: true },
            { roles: 'worker', struck: true },
          ],
          strike: freeze,
        },
        random(500, 2_000),
      ),
  },
  {
    numbers: [25],
    name: 'a restart every five seconds',
    run: (settings) => underBlows(settings, { roles: WHOLE, strike: terminate }, () => 5_000),
  },
]
