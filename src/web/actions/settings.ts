import { type Ceilings, type Excess, excesses } from '../../model/ceilings.ts'
import type { Sentence } from '../../model/sentence.ts'
import {
  type EffectiveSettings,
  type OwnSettings,
  resolveSettings,
  type SettingsPatch,
} from '../../model/settings.ts'
import type { Admin } from '../../ports/admin-store.ts'
import type { SettingsLayer, SettingsPlace } from '../../ports/settings-store.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import { actorOf } from './actor.ts'
import { listModels } from './models.ts'

export interface SettingsView {
  readonly own: OwnSettings
  readonly effective: EffectiveSettings
  /** From the hub down to the place itself. */
  readonly layers: readonly SettingsLayer[]
}

export async function readSettings(
  { settings }: Pick<WebParts, 'settings'>,
  place: SettingsPlace,
): Promise<SettingsView> {
  const layers = await settings.layers(place)
  if (layers === undefined) throw new WebFault('not_found')
  return {
    own: layers.at(-1)?.own ?? {},
    effective: resolveSettings(layers.map(({ own }) => own)),
    layers,
  }
}

/**
 * Refuses what goes beyond the ceilings of workspace admins, and a model that no server lists and that is no alias,
 * unless it is the one already set.
 */
export async function changeSettings(
  parts: WebParts,
  place: SettingsPlace,
  patch: SettingsPatch,
  admin: Admin,
): Promise<SettingsView> {
  const before = await readSettings(parts, place)
  if (admin.role === 'workspace_admin') mustStayBelow(await parts.settings.ceilings(), before.own, patch)
  for (const name of ['model', 'fallback'] as const) {
    const wanted = patch[name]
    if (typeof wanted === 'string' && wanted !== before.own[name]) await mustBeListed(parts, name, wanted)
  }
  if (!(await parts.settings.change(place, patch, actorOf(admin)))) throw new WebFault('not_found')
  await parts.signals.publish('settings', place.scope === 'hub' ? 'hub' : `${place.scope}:${place.id}`)
  return readSettings(parts, place)
}

export async function changeCeilings(
  { settings }: WebParts,
  ceilings: Ceilings,
  admin: Admin,
): Promise<Ceilings> {
  await settings.changeCeilings(ceilings, actorOf(admin))
  return settings.ceilings()
}

function mustStayBelow(ceilings: Ceilings, own: OwnSettings, patch: SettingsPatch): void {
  const found = excesses(ceilings, own, patch)
  if (found.length === 0) return
  throw new WebFault('invalid', {
    fields: Object.fromEntries(found.map((excess) => [excess.setting, excessSentence(excess)])),
  })
}

function excessSentence(excess: Excess): Sentence {
  switch (excess.kind) {
    case 'locked':
      return { key: 'admin.field.locked' }
    case 'model':
      return { key: 'admin.field.model_ceiling', values: { models: excess.models.join(', ') } }
    case 'most':
      return { key: 'admin.field.max', values: { max: excess.most } }
    default:
      return excess satisfies never
  }
}

async function mustBeListed(
  { registry }: WebParts,
  field: 'model' | 'fallback',
  model: string,
): Promise<void> {
  const known = [...(await registry.aliases()), ...(await listModels(registry))]
  const names = known.map(({ name }) => name)
  if (names.includes(model)) return
  const sentence =
    names.length === 0
      ? ({ key: 'admin.field.model_none' } as const)
      : ({ key: 'admin.field.model_unlisted', values: { model, models: names.join(', ') } } as const)
  throw new WebFault('invalid', { fields: { [field]: sentence } })
}
