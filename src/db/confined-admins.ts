import { eq } from 'drizzle-orm'
import type { WorkspaceId } from '../model/ids.ts'
import type { Admin } from '../ports/admin-store.ts'
import type { Database, Transaction } from './database.ts'
import { adminWorkspaces } from './schema/access.ts'

/** The only workspaces an admin may see; undefined: all. */
export async function workspacesOf(
  db: Database | Transaction,
  { id, role }: Admin,
): Promise<readonly WorkspaceId[] | undefined> {
  if (role !== 'workspace_admin') return undefined
  const rows = await db
    .select({ id: adminWorkspaces.workspaceId })
    .from(adminWorkspaces)
    .where(eq(adminWorkspaces.adminId, id))
  return rows.map((row) => row.id)
}
