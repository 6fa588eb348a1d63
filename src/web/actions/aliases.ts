import { z } from 'zod'
import type { ServerId } from '../../model/ids.ts'
import {
  type AliasTarget,
  abilitiesSchema,
  aliasTargetSchema,
  type ModelAbilities,
  type ModelAlias,
} from '../../model/model-abilities.ts'
import type { Sentence } from '../../model/sentence.ts'
import type { Admin } from '../../ports/admin-store.ts'
import type { RegisteredServer } from '../../ports/model-registry.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import { actorOf } from './actor.ts'

const name = z.string().trim().min(1).max(200)
export const aliasSchema = z.strictObject({
  name,
  targets: z.array(aliasTargetSchema).min(1).max(50),
  fallback: name.nullish(),
})
export const serverChangeSchema = z.strictObject({
  concurrency: z.number().int().min(1).max(10_000).nullable().optional(),
  priorities: z.boolean().optional(),
})
export const modelFactsSchema = z.strictObject({ model: name, abilities: abilitiesSchema })

export async function putAlias(
  { registry, audit }: WebParts,
  { name, targets, fallback }: z.infer<typeof aliasSchema>,
  admin: Admin,
): Promise<ModelAlias> {
  const servers = await registry.list()
  if (servers.some(({ models }) => models.some((model) => model.name === name))) {
    throw new WebFault('invalid', { fields: { name: { key: 'admin.aliases.taken' } } })
  }
  const alias: ModelAlias = { name, targets, fallback: fallback ?? undefined }
  await registry.putAlias(alias)
  await audit.record({ actor: actorOf(admin), action: 'alias.set', target: `alias:${name}`, after: alias })
  return alias
}

export async function removeAlias({ registry, audit }: WebParts, name: string, admin: Admin): Promise<void> {
  const before = (await registry.aliases()).find((alias) => alias.name === name)
  if (before === undefined || !(await registry.removeAlias(name))) throw new WebFault('not_found')
  await audit.record({ actor: actorOf(admin), action: 'alias.removed', target: `alias:${name}`, before })
}

export async function changeServer(
  { registry, audit, signals }: WebParts,
  id: ServerId,
  given: z.infer<typeof serverChangeSchema>,
  admin: Admin,
): Promise<void> {
  const change = {
    ...(given.concurrency === undefined ? {} : { concurrency: given.concurrency }),
    ...(given.priorities === undefined ? {} : { priorities: given.priorities }),
  }
  if (!(await registry.change(id, change))) throw new WebFault('not_found')
  await audit.record({
    actor: actorOf(admin),
    action: 'model_server.changed',
    target: `model_server:${id}`,
    after: change,
  })
  await signals.publish('models', id)
}

export async function describeModel(
  { registry, audit }: WebParts,
  { model, abilities }: z.infer<typeof modelFactsSchema>,
  admin: Admin,
): Promise<ModelAbilities> {
  await registry.putFacts(model, abilities)
  await audit.record({
    actor: actorOf(admin),
    action: 'model.described',
    target: `model:${model}`,
    after: abilities,
  })
  return abilities
}

const LINE = /^(?<model>.+?)(?:\s+@(?<server>.+?))?(?:\s+\*\s*(?<weight>\d+(?:[.,]\d+)?))?$/

/** One target a line: `model @server *weight`. Rejects with `invalid` and the line at fault. */
export function targetsFrom(text: string, servers: readonly RegisteredServer[]): readonly AliasTarget[] {
  const refuse = (sentence: Sentence): never => {
    throw new WebFault('invalid', { fields: { targets: sentence } })
  }
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
  if (lines.length === 0) refuse({ key: 'admin.field.required' })
  return lines.map((line) => {
    const { model = '', server, weight } = LINE.exec(line)?.groups ?? {}
    const known = servers.find(({ name, purpose }) => purpose === 'chat' && name === server)
    if (server !== undefined && known === undefined) {
      refuse({ key: 'admin.aliases.no_server', values: { name: server } })
    }
    const parsed = aliasTargetSchema.safeParse({
      model,
      ...(known === undefined ? {} : { serverId: known.id }),
      ...(weight === undefined ? {} : { weight: Number(weight.replace(',', '.')) }),
    })
    return parsed.data ?? refuse({ key: 'admin.aliases.line', values: { line } })
  })
}

export function targetLine(
  { model, serverId, weight }: AliasTarget,
  servers: readonly RegisteredServer[],
): string {
  const server = servers.find(({ id }) => id === serverId)
  return [model, server && `@${server.name}`, weight === 1 ? undefined : `*${weight}`]
    .filter(Boolean)
    .join(' ')
}
