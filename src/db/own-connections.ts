import { and, eq, isNull, sql } from 'drizzle-orm'
import { HubError } from '../model/errors.ts'
import type { ConnectionId } from '../model/ids.ts'
import type { ConnectionStore } from '../ports/connection-store.ts'
import { recordAudit } from './audit-log.ts'
import type { Database, Transaction } from './database.ts'
import { connections } from './schema/tenancy.ts'
import type { SecretBox } from './secrets.ts'
import { present, storable } from './storable.ts'

/** Connections that were made in the admin: there, unlike those of the environment, they can be changed. */
export function ownConnections(
  db: Database,
  secrets: SecretBox,
): Pick<ConnectionStore, 'add' | 'replaceCredentials' | 'remove'> {
  const held = async (tx: Transaction, id: ConnectionId) => {
    const [row] = await tx
      .select({ slug: connections.slug, source: connections.source })
      .from(connections)
      .where(and(eq(connections.id, id), isNull(connections.removedAt)))
      .for('update')
    if (row !== undefined && row.source !== 'admin')
      throw new HubError('read_only', 'this connection comes from the environment')
    return row
  }

  return {
    add: ({ platform, name, credentials }, actor) =>
      db.transaction(async (tx) => {
        await tx.execute(sql`lock table ${connections} in share row exclusive mode`)
        const taken = (await tx.select({ slug: connections.slug }).from(connections)).map(({ slug }) => slug)
        const slug = freeSlug(name, platform, taken)
        const [row] = await tx
          .insert(connections)
          .values({
            platform,
            slug,
            name: storable(name),
            source: 'admin',
            credentials: secrets.seal(JSON.stringify(credentials)),
          })
          .returning({ id: connections.id })
        const { id } = present(row)
        await recordAudit(tx, {
          actor,
          action: 'connection.added',
          target: `connection:${id}`,
          after: { connection: slug, platform, name },
        })
        return id
      }),

    replaceCredentials: (id, credentials, actor) =>
      db.transaction(async (tx) => {
        const was = await held(tx, id)
        if (was === undefined) return false
        await tx
          .update(connections)
          .set({
            credentials: secrets.seal(JSON.stringify(credentials)),
            version: sql`version + 1`,
            state: 'connecting',
            stateDetail: null,
            stateAt: sql`now()`,
          })
          .where(eq(connections.id, id))
        await recordAudit(tx, {
          actor,
          action: 'connection.credentials_changed',
          target: `connection:${id}`,
          after: { connection: was.slug },
        })
        return true
      }),

    remove: (id, actor) =>
      db.transaction(async (tx) => {
        const was = await held(tx, id)
        if (was === undefined) return false
        await tx
          .update(connections)
          .set({ removedAt: sql`now()`, version: sql`version + 1`, credentials: secrets.seal('{}') })
          .where(eq(connections.id, id))
        await recordAudit(tx, {
          actor,
          action: 'connection.removed',
          target: `connection:${id}`,
          before: { connection: was.slug },
        })
        return true
      }),
  }
}

/** Names it in addresses; a removed one keeps its own. */
function freeSlug(name: string, platform: string, taken: readonly string[]): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
  const base = plain === '' ? platform : plain
  let slug = base
  for (let number = 2; taken.includes(slug); number += 1) slug = `${base}-${number}`
  return slug
}
