import type { HubProcess } from '../../support/hub-process.ts'
import type { FaultCase, Finding, Settings } from '../case.ts'
import { createCrowd, pause } from '../crowd.ts'
import { arrivalOrder, openStage, type Stage, withFates } from '../stage.ts'
import { countDoubts } from '../with-stage.ts'

const SETTLE_MS = 60_000
/** Of each platform; with few, the questions of one conversation would wait for one another more than for the hub. */
const LEAST_CORNERS = 6
const CORNERS_PER_RATE = 4
const WORDS = 6
const KILLS_A_MINUTE = 12
/** What is done in the time to settle; beyond it people are told their number in line. */
const MAX_WORKSPACE_BACKLOG = '100'
const ROLES = ['gateway,web', 'worker'] as const
type Roles = (typeof ROLES)[number]

const BLOWS: readonly { readonly name: string; readonly strikes: readonly Roles[] }[] = [
  { name: 'gateway', strikes: ['gateway,web'] },
  { name: 'worker', strikes: ['worker'] },
  { name: 'everything', strikes: ROLES },
]

export const randomKills: readonly FaultCase[] = [
  {
    numbers: [13, 14, 15],
    name: 'kill -9 of gateway, worker or everything at random',
    run: killAtRandom,
  },
]

/** The moments are spread at random over the whole time: some strike a process that has not started yet. */
async function killAtRandom({ backend, times, rate, minutes }: Settings): Promise<Finding> {
  const stage = await openStage({ backend, synced: true, environment: { MAX_WORKSPACE_BACKLOG } })
  try {
    const running = new Map<Roles, HubProcess>()
    for (const roles of ROLES) running.set(roles, await stage.start({ ROLES: roles }))
    const corners = Math.max(LEAST_CORNERS, Math.ceil(rate * CORNERS_PER_RATE))
    const crowd = createCrowd({ chats: stage.chats, model: stage.model, corners, words: WORDS })
    await crowd.greet(60_000)

    const lastingMs = (minutes ?? times / KILLS_A_MINUTE) * 60_000
    const moments = Array.from({ length: times }, () => Math.random() * lastingMs).sort((a, b) => a - b)
    const struck = new Map(BLOWS.map(({ name }) => [name, 0]))
    const asking = new AbortController()
    const asked = crowd.keepAsking(rate, asking.signal)
    const before = crowd.asked
    const startedAt = performance.now()
    for (const moment of moments) {
      await pause(Math.max(0, startedAt + moment - performance.now()))
      const blow = BLOWS[Math.floor(Math.random() * BLOWS.length)]
      if (!blow) break
      struck.set(blow.name, (struck.get(blow.name) ?? 0) + 1)
      await Promise.all(blow.strikes.map((roles) => killAndStart(stage, running, roles)))
    }
    await pause(Math.max(0, startedAt + lastingMs - performance.now()))
    asking.abort()
    await asked
    const minutesTaken = (performance.now() - startedAt) / 60_000

    const endedAt = performance.now()
    await crowd.settled(SETTLE_MS)
    const settledMs = Math.round(performance.now() - endedAt)
    const verdict = crowd.verdict(await arrivalOrder(stage))
    const doubts = await countDoubts(stage)
    const blows = [...struck].map(([name, count]) => `${name} ${count}`).join(', ')
    return {
      ...verdict,
      lost: await withFates(stage, verdict.lost),
      faults: verdict.orphans > doubts ? [`${verdict.orphans} orphans, but ${doubts} doubts recorded`] : [],
      note: [
        `${blows} in ${minutesTaken.toFixed(1)} min`,
        `${((verdict.asked - before) / minutesTaken / 60).toFixed(1)}/s`,
        `settled in ${settledMs} ms`,
        `${verdict.reasons} answered with a reason`,
        `${doubts} posts in doubt`,
        await resumed(stage),
        await waits(stage),
      ].join('; '),
    }
  } finally {
    await stage.close()
  }
}

/** The new process is not waited for: the next blow may strike while it starts. */
async function killAndStart(stage: Stage, running: Map<Roles, HubProcess>, roles: Roles): Promise<void> {
  const victim = running.get(roles)
  victim?.signal('SIGKILL')
  await victim?.ended
  running.set(roles, stage.spawn({ ROLES: roles }))
}

async function resumed({ query }: Stage): Promise<string> {
  const [row] = await query<{ resumed: number; retried: number }>(`
    select count(*) filter (where code = 'resumed')::int as resumed,
      count(*) filter (where code = 'retried')::int as retried from decisions`)
  return `${row?.resumed} answers resumed, ${row?.retried} retries`
}

async function waits({ query }: Stage): Promise<string> {
  const at = (share: number) =>
    `round(percentile_cont(${share}) within group (order by extract(epoch from finished_at - created_at))::numeric, 1)::text`
  const [row] = await query<{ half: string; most: string; all: string }>(
    `select ${at(0.5)} as half, ${at(0.95)} as most, ${at(1)} as all from turns where state = 'done'`,
  )
  return `answered whole after ${row?.half} s (p50), ${row?.most} s (p95), ${row?.all} s (longest)`
}
