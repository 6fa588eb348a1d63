import { z } from 'zod'
import type { ServerId } from '../../model/ids.ts'
import type { Admin } from '../../ports/admin-store.ts'
import type { ModelRegistry, NewServer, RegisteredServer } from '../../ports/model-registry.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import { actorOf } from './actor.ts'

const ASK_LIMIT_MS = 10_000

/** An address without a path gets the `/v1` that every OpenAI-compatible server has. */
const baseUrlSchema = z
  .string()
  .trim()
  .max(500)
  .transform((given, context) => {
    const url = URL.canParse(given) ? new URL(given) : undefined
    const path = url?.pathname.replace(/\/+$/, '')
    const plain = url && !url.username && !url.password && !url.search && !url.hash
    if (!plain || !/^https?:$/.test(url.protocol) || (path !== '' && !path?.endsWith('/v1'))) {
      context.issues.push({ code: 'custom', input: given, params: { reason: 'base-url' } })
      return z.NEVER
    }
    return `${url.origin}${path === '' ? '/v1' : path}`
  })

const optionalText = (max: number) =>
  z
    .string()
    .trim()
    .max(max)
    .optional()
    .transform((text) => text || undefined)

export const newServerSchema = z.strictObject({
  name: z.string().trim().min(1).max(100),
  purpose: z.enum(['chat', 'speech']).default('chat'),
  baseUrl: baseUrlSchema,
  apiKey: optionalText(1000),
  defaultModel: optionalText(200),
})

export interface OfferedModel {
  readonly name: string
  /** The smallest of its servers'. */
  readonly contextLength: number | undefined
  readonly servers: readonly { readonly id: ServerId; readonly name: string; readonly up: boolean }[]
}

/** What the chat servers list, by name. */
export async function listModels(registry: Pick<ModelRegistry, 'list'>): Promise<readonly OfferedModel[]> {
  return offeredBy(await registry.list())
}

export function offeredBy(servers: readonly RegisteredServer[]): readonly OfferedModel[] {
  const byName = new Map<string, OfferedModel>()
  for (const { id, name: server, purpose, state, models } of servers) {
    if (purpose !== 'chat') continue
    for (const { name, contextLength } of models) {
      const known = byName.get(name)
      const lengths = [known?.contextLength, contextLength].filter((length) => length !== undefined)
      byName.set(name, {
        name,
        contextLength: lengths.length === 0 ? undefined : Math.min(...lengths),
        servers: [...(known?.servers ?? []), { id, name: server, up: state === 'up' }],
      })
    }
  }
  return [...byName.values()].sort((one, other) => one.name.localeCompare(other.name))
}

/** The model that answers where none is set: as workers choose it. */
export function automaticModel(servers: readonly RegisteredServer[]): string | undefined {
  const rank = ({ state, source }: RegisteredServer) =>
    (state === 'down' ? 2 : 0) + (source === 'environment' ? 0 : 1)
  const chat = servers
    .filter(({ purpose }) => purpose === 'chat')
    .sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name))
  const listed = chat.flatMap((server) => server.models.map(({ name }) => ({ server, name })))
  return (listed.find(({ server, name }) => server.defaultModel === name) ?? listed[0])?.name
}

/** Adds the server and asks it at once what it lists; one that does not answer is kept, and says so. */
export async function addServer(
  parts: WebParts,
  { name, purpose, baseUrl, apiKey, defaultModel }: z.infer<typeof newServerSchema>,
  admin: Admin,
): Promise<RegisteredServer> {
  const server: NewServer = {
    name,
    purpose,
    baseUrl,
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(defaultModel === undefined ? {} : { defaultModel }),
  }
  const id = await parts.registry.add(server)
  await parts.audit.record({
    actor: actorOf(admin),
    action: 'model_server.added',
    target: `model_server:${id}`,
    after: { name, purpose, baseUrl, hasApiKey: apiKey !== undefined, defaultModel: defaultModel ?? null },
  })
  await announce(parts, id)
  return refreshServer(parts, id)
}

export async function removeServer(parts: WebParts, id: ServerId, admin: Admin): Promise<void> {
  const server = await findServer(parts, id)
  if (!(await parts.registry.remove(id))) throw new WebFault('not_found')
  const { name, purpose, baseUrl, hasApiKey, defaultModel } = server
  await parts.audit.record({
    actor: actorOf(admin),
    action: 'model_server.removed',
    target: `model_server:${id}`,
    before: { name, purpose, baseUrl, hasApiKey, defaultModel: defaultModel ?? null },
  })
  await announce(parts, id)
}

export async function refreshServer(parts: WebParts, id: ServerId): Promise<RegisteredServer> {
  await findServer(parts, id)
  // What went wrong with a server is its state; only the asking itself can fail here.
  await parts.registry
    .refresh(AbortSignal.timeout(ASK_LIMIT_MS), id)
    .catch((error: unknown) => parts.log.warn({ err: error, server: id }, 'a model server was not asked'))
  await announce(parts, id)
  return findServer(parts, id)
}

/** Addresses from the environment may hold a password. */
export function shownAddress(baseUrl: string): string {
  if (!URL.canParse(baseUrl)) return baseUrl
  const url = new URL(baseUrl)
  url.username = ''
  url.password = ''
  url.search = ''
  return url.href
}

async function findServer({ registry }: WebParts, id: ServerId): Promise<RegisteredServer> {
  const server = (await registry.list()).find((one) => one.id === id)
  if (server === undefined) throw new WebFault('not_found')
  return { ...server, baseUrl: shownAddress(server.baseUrl) }
}

function announce({ signals }: WebParts, id: ServerId): Promise<void> {
  return signals.publish('models', id)
}
