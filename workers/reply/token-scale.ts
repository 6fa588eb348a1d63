import type { ModelChoice } from '../../src/ports/model-directory.ts'

/** How many tokens a model really counts for each that was estimated, learned from what its servers said. */
export interface TokenScale {
  /** undefined: nothing is known of the model yet. */
  of(choice: ModelChoice): number | undefined
  learn(choice: ModelChoice, estimated: number, counted: number): void
}

/** Short prompts are mostly the template around them. */
const LEAST_TOKENS = 60
/** So much a new count changes what was known. */
const NEWS = 0.3
const LEAST = 0.4
const MOST = 2.5
const REMEMBERED = 512

export function createTokenScale(): TokenScale {
  const known = new Map<string, number>()
  const keyOf = ({ server, model }: ModelChoice): string => `${server.baseUrl} ${model}`
  return {
    of: (choice) => known.get(keyOf(choice)),
    learn(choice, estimated, counted) {
      if (estimated < LEAST_TOKENS || counted <= 0) return
      const key = keyOf(choice)
      const seen = Math.min(MOST, Math.max(LEAST, counted / estimated))
      const before = known.get(key)
      // What takes more than expected counts at once: too long a prompt is refused, too short a one only forgets sooner.
      known.set(key, before === undefined || seen > before ? seen : before + (seen - before) * NEWS)
      const [oldest] = known.keys()
      if (known.size > REMEMBERED && oldest !== undefined) known.delete(oldest)
    },
  }
}
