import { z } from 'zod'
import { asHubError } from '../../model/errors.ts'
import type { ConnectionId } from '../../model/ids.ts'
import type { Admin } from '../../ports/admin-store.ts'
import type { Connection } from '../../ports/connection-store.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import { actorOf } from './actor.ts'

const ASK_LIMIT_MS = 15_000

/** What each platform's account is reached with; the first names what a refusal is shown beside. */
export const CREDENTIALS = {
  slack: ['botToken', 'appToken', 'signingSecret'],
  discord: ['token', 'applicationId'],
  telegram: ['token'],
  matrix: ['homeserverUrl', 'accessToken', 'user', 'password'],
} as const
export type KnownPlatform = keyof typeof CREDENTIALS
export const PLATFORMS = Object.keys(CREDENTIALS) as [KnownPlatform, ...KnownPlatform[]]

const credentialsSchema = z
  .record(z.string().max(50), z.string().trim().max(5000))
  .transform((given) => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')))
export const newConnectionSchema = z.strictObject({
  platform: z.enum(PLATFORMS),
  name: z.string().trim().min(1).max(100),
  credentials: credentialsSchema.describe('As the platform gives them; never given back'),
})
export const replaceCredentialsSchema = z.strictObject({
  credentials: credentialsSchema.describe('What is not named stays as it is'),
})

/** Asks the platform who the account is first: what it refuses is not kept. */
export async function addConnection(
  parts: WebParts,
  wanted: z.infer<typeof newConnectionSchema>,
  admin: Admin,
): Promise<Connection> {
  await mustBeAccepted(parts, wanted.platform, wanted.credentials)
  return announced(parts, await parts.connections.add(wanted, actorOf(admin)))
}

/** Counts at once, without a restart. */
export async function replaceCredentials(
  parts: WebParts,
  id: ConnectionId,
  { credentials }: z.infer<typeof replaceCredentialsSchema>,
  admin: Admin,
): Promise<Connection> {
  const { platform, source } = await findConnection(parts, id)
  if (source !== 'admin') throw new WebFault('read_only')
  const merged = { ...(await parts.connections.credentials(id)), ...credentials }
  await mustBeAccepted(parts, platform, merged)
  if (!(await parts.connections.replaceCredentials(id, merged, actorOf(admin))))
    throw new WebFault('not_found')
  return announced(parts, id)
}

/** Its history stays. */
export async function removeConnection(parts: WebParts, id: ConnectionId, admin: Admin): Promise<void> {
  if (!(await parts.connections.remove(id, actorOf(admin)))) throw new WebFault('not_found')
  await parts.signals.publish('connections', id)
}

/** The account as the platform names it now; rejects with what the platform says. */
export async function testConnection(parts: WebParts, id: ConnectionId): Promise<string> {
  const { platform } = await findConnection(parts, id)
  return mustBeAccepted(parts, platform, await parts.connections.credentials(id))
}

async function mustBeAccepted(
  { identify }: WebParts,
  platform: string,
  credentials: Readonly<Record<string, string>>,
): Promise<string> {
  try {
    return await identify(platform, credentials, AbortSignal.timeout(ASK_LIMIT_MS))
  } catch (error) {
    const [first] = CREDENTIALS[platform as KnownPlatform] ?? []
    const sentence = {
      key: 'admin.field.platform_says',
      values: { detail: asHubError(error).message },
    } as const
    throw new WebFault('platform_refuses', { cause: error, fields: { [first ?? 'token']: sentence } })
  }
}

async function findConnection({ connections }: WebParts, id: ConnectionId): Promise<Connection> {
  const found = (await connections.list()).find((one) => one.id === id)
  if (found === undefined) throw new WebFault('not_found')
  return found
}

async function announced(parts: WebParts, id: ConnectionId): Promise<Connection> {
  await parts.signals.publish('connections', id)
  return findConnection(parts, id)
}
