import type { Admin } from '../../ports/admin-store.ts'

/** How the audit names an admin. */
export function actorOf({ email }: Admin): string {
  return `admin:${email}`
}
