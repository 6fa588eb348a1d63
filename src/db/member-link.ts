import { type SQL, sql } from 'drizzle-orm'
import type { MemberLink } from '../ports/people-store.ts'
import { admins } from './schema/operation.ts'

/**
 * Whoever has yet to choose a password has, in its hash's place, the hash and the end of the link that lets
 * them: so that a link can be used once, ends with its time, and goes with its admin.
 */
const MARK = 'link'

export function linkInPlace({ tokenHash, expiresAt }: MemberLink): string {
  return `${MARK}$${tokenHash}$${expiresAt.getTime()}`
}

/** undefined: it is a password's hash. */
export function linkEnd(passwordHash: string): Date | undefined {
  const [mark, , end] = passwordHash.split('$')
  return mark === MARK ? new Date(Number(end)) : undefined
}

export function ownsOpenLink(tokenHash: string): SQL {
  const part = (position: number) =>
    sql`split_part(${admins.passwordHash}, '$', ${sql.raw(String(position))})`
  return sql`${part(1)} = ${MARK} and ${part(2)} = ${tokenHash}
    and to_timestamp(case when ${part(1)} = ${MARK} then ${part(3)}::float8 end / 1000) > now()`
}
