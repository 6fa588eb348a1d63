import type { HubError } from '../model/errors.ts'

const REMEMBERED = 1_000

/**
 * Whether trying to show something again is useless. A token that is not accepted is no end: the operator
 * gives another one, and what is under way goes on with it.
 */
export function isFinal({ retry, code }: HubError): boolean {
  return retry.kind === 'never' && code !== 'platform_unauthorized'
}

/** Counts the failures of each of the latest thousand things; forgetting one only gives it more tries. */
export function createRetryCount(): { failed(name: string): number; forget(name: string): void } {
  const failures = new Map<string, number>()
  return {
    failed(name) {
      const count = (failures.get(name) ?? 0) + 1
      failures.delete(name)
      failures.set(name, count)
      const [oldest] = failures.keys()
      if (failures.size > REMEMBERED && oldest !== undefined) failures.delete(oldest)
      return count
    },
    forget: (name) => void failures.delete(name),
  }
}
