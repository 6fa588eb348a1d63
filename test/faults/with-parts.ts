import type { Talk } from '../support/chats/index.ts'
import type { HubProcess } from '../support/hub-process.ts'
import type { Finding, Settings } from './case.ts'
import { openStage, type Stage } from './stage.ts'
import { eventually } from './with-stage.ts'

/** Something emulated that a case opened itself, because it needs more of it than a stage gives. */
export interface Part {
  readonly environment: Readonly<Record<string, string>>
  close(): Promise<void>
}

export interface Setting {
  readonly stage: Stage
  readonly hub: HubProcess
  /** What is wrong, as far as it was found yet. */
  readonly faults: string[]
  /** Waits for it, and counts it as a fault where it does not come. */
  expect(what: string, check: () => boolean | Promise<boolean>, timeoutMs?: number): Promise<boolean>
}

const CONNECT_MS = 20_000
const SIGHT_MS = 15_000

/** One hub between the given parts, all connected; closes everything after `act`. */
export async function withParts<Parts extends readonly Part[]>(
  settings: Settings,
  open: () => Promise<readonly [...Parts]>,
  act: (setting: Setting, ...parts: Parts) => Promise<Partial<Finding>>,
  options: {
    readonly environment?: Readonly<Record<string, string>>
    readonly tokensPerSecond?: number
  } = {},
): Promise<Finding> {
  const parts = await open()
  const stage = await openStage({
    backend: settings.backend,
    platforms: [],
    ...(options.tokensPerSecond === undefined ? {} : { tokensPerSecond: options.tokensPerSecond }),
    environment: { ...Object.assign({}, ...parts.map((part) => part.environment)), ...options.environment },
  })
  const faults: string[] = []
  try {
    const hub = await stage.start()
    const expect: Setting['expect'] = async (what, check, timeoutMs = SIGHT_MS) => {
      const seen = await eventually(check, timeoutMs)
      if (!seen) faults.push(`not within ${timeoutMs} ms: ${what}`)
      return seen
    }
    await expect('all connected', () => areConnected(stage), CONNECT_MS)
    const found = await act({ stage, hub, faults, expect }, ...parts)
    return { ...found, faults: [...faults, ...(found.faults ?? [])] }
  } finally {
    await stage.close()
    await Promise.all(parts.map((part) => part.close()))
  }
}

async function areConnected({ query }: Stage): Promise<boolean> {
  const rows = await query<{ state: string }>('select state from connections')
  return rows.every(({ state }) => state === 'connected')
}

/** What the bot says in a place. */
export function texts(talk: Talk): string[] {
  return talk.answers().map(({ text }) => text.trim())
}

/** In milliseconds; an empty list gives 0. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)
}
