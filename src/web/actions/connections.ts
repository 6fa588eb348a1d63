import { z } from 'zod'
import type { ConnectionId } from '../../model/ids.ts'
import type { Admin } from '../../ports/admin-store.ts'
import type { Connection } from '../../ports/connection-store.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import { actorOf } from './actor.ts'

export const connectionPatchSchema = z.strictObject({ paused: z.boolean() })

/** Counts at once, also for connections of the environment; kept over restarts. */
export async function setPaused(
  { connections, signals }: WebParts,
  id: ConnectionId,
  paused: boolean,
  admin: Admin,
): Promise<Connection> {
  if (!(await connections.setPaused(id, paused, actorOf(admin)))) throw new WebFault('not_found')
  await signals.publish('connections', id)
  const connection = (await connections.list()).find((one) => one.id === id)
  if (connection === undefined) throw new WebFault('not_found')
  return connection
}
