import type { Chat } from '../support/chats/index.ts'
import type { HubProcess } from '../support/hub-process.ts'
import type { Finding, Settings } from './case.ts'
import { type Crowd, type CrowdOptions, createCrowd } from './crowd.ts'
import { arrivalOrder, openStage, type Stage, type StageOptions, withFates } from './stage.ts'

const GREET_LIMIT_MS = 60_000
const SETTLE_MS = 60_000

export interface Scene {
  readonly stage: Stage
  readonly crowd: Crowd
  /** The hub that runs since the beginning, unless `hub: false`. */
  readonly hub: HubProcess
}

export interface SceneOptions extends StageOptions {
  readonly crowd?: Omit<CrowdOptions, 'chats' | 'model'>
  /** Where the crowd is; everywhere, unless said otherwise. */
  readonly crowdOn?: readonly Chat['platform'][]
  /** Of the hub. */
  readonly hubEnvironment?: Readonly<Record<string, string>>
}

/**
 * A stage with one hub and a crowd that was answered once; `act`, time to settle, and what a person would count
 * then. What `act` returns is added to the finding.
 */
export async function inScene(
  settings: Settings,
  options: SceneOptions,
  act: (scene: Scene) => Promise<Partial<Finding> | undefined>,
): Promise<Finding> {
  const stage = await openStage({ backend: settings.backend, ...options })
  try {
    const hub = await stage.start(options.hubEnvironment)
    const chats = stage.chats.filter(({ platform }) => options.crowdOn?.includes(platform) ?? true)
    const crowd = createCrowd({ chats, model: stage.model, corners: 4, ...options.crowd })
    await crowd.greet(GREET_LIMIT_MS)
    const added = await act({ stage, crowd, hub })
    await crowd.settled(SETTLE_MS)
    const verdict = crowd.verdict(await arrivalOrder(stage))
    const doubts = await countDoubts(stage)
    const faults = [...(added?.faults ?? [])]
    if (verdict.orphans > doubts) faults.push(`${verdict.orphans} orphans, but ${doubts} doubts recorded`)
    return { ...verdict, lost: await withFates(stage, verdict.lost), ...added, faults }
  } finally {
    await stage.close()
  }
}

export async function countDoubts({ query }: Stage): Promise<number> {
  const [row] = await query<{ count: number }>(
    'select coalesce(sum(doubts), 0)::int as count from answer_parts',
  )
  return row?.count ?? 0
}

/** Resolves with whether it came true in time. */
export async function eventually(
  check: () => boolean | Promise<boolean>,
  timeoutMs: number,
): Promise<boolean> {
  const until = performance.now() + timeoutMs
  while (performance.now() < until) {
    if (await check()) return true
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return false
}
