import type { HubError } from '../../src/model/errors.ts'
import type { ModelChoice } from '../../src/ports/model-directory.ts'

/** What this process lately experienced with each server's model: who is asked first, and how often. */
export interface Circuit {
  /** Those that work first; otherwise as given. */
  order(choices: readonly ModelChoice[]): readonly ModelChoice[]
  /** Failed so often in a row that it is not asked twice for one answer. */
  isOpen(choice: ModelChoice): boolean
  /** How long the server asked to be left alone, in milliseconds; 0: it may be asked now. */
  restMs(choice: ModelChoice): number
  /** It is being asked now: after a pause the first to ask is a probe, and the others wait for its outcome. */
  begin(choice: ModelChoice): void
  /** True when the failure opened the circuit. */
  failed(choice: ModelChoice, failure: HubError): boolean
  worked(choice: ModelChoice): void
}

interface Record {
  failures: number
  openUntil: number
  restUntil: number
  /** Until when a probe is given time to come back. */
  probeUntil: number
}

const FAILURES_IN_A_ROW = 6
const OPEN_MS = 10_000
const MAX_OPEN_MS = 120_000
/** A probe that takes longer than this is not waited for by the others. */
const PROBE_MS = 15_000
const REMEMBERED = 256

export function createCircuit(now: () => number = () => performance.now()): Circuit {
  const records = new Map<string, Record>()
  const keyOf = ({ server, model }: ModelChoice): string => `${server.id} ${server.baseUrl} ${model}`

  const restMs = (choice: ModelChoice): number =>
    Math.max(0, (records.get(keyOf(choice))?.restUntil ?? 0) - now())
  const isOpen = (choice: ModelChoice): boolean => {
    const known = records.get(keyOf(choice))
    return known !== undefined && Math.max(known.openUntil, known.probeUntil) > now()
  }
  const rank = (choice: ModelChoice): number => (restMs(choice) > 0 ? 2 : isOpen(choice) ? 1 : 0)

  return {
    isOpen,
    restMs,
    order: (choices) => choices.toSorted((a, b) => rank(a) - rank(b)),
    begin(choice) {
      const known = records.get(keyOf(choice))
      if (known && known.failures >= FAILURES_IN_A_ROW && known.openUntil <= now()) {
        known.probeUntil = now() + PROBE_MS
      }
    },
    failed(choice, { retry }) {
      const key = keyOf(choice)
      const known = records.get(key) ?? { failures: 0, openUntil: 0, restUntil: 0, probeUntil: 0 }
      known.failures += 1
      known.probeUntil = 0
      if (retry.kind === 'after') known.restUntil = Math.max(known.restUntil, now() + retry.ms)
      const beyond = known.failures - FAILURES_IN_A_ROW
      if (beyond >= 0) known.openUntil = now() + Math.min(MAX_OPEN_MS, OPEN_MS * 2 ** Math.min(beyond, 10))
      records.delete(key)
      records.set(key, known)
      const [oldest] = records.keys()
      if (records.size > REMEMBERED && oldest !== undefined) records.delete(oldest)
      return beyond >= 0
    },
    worked: (choice) => void records.delete(keyOf(choice)),
  }
}
