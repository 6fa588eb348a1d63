import { z } from 'zod'
import { ownSettingsSchema, type SettingsPatch, settingsPatchSchema } from '../../model/settings.ts'
import type { Admin } from '../../ports/admin-store.ts'
import type { RecordedAuditEntry } from '../../ports/audit-log.ts'
import type { SettingsPlace } from '../../ports/settings-store.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import { changeSettings, type SettingsView } from './settings.ts'

export const undoSchema = z.object({
  seq: z.coerce.number().int().min(1).describe('Of the entry in the audit log'),
})

export async function settingsHistory(
  { audit }: WebParts,
  place: SettingsPlace,
  limit: number,
): Promise<readonly RecordedAuditEntry[]> {
  const entries = await audit.latest({ limit, target: targetOf(place) })
  return entries.filter(({ action }) => action === 'settings.changed')
}

/** Gives back what that change replaced; what was changed since in other settings stays. */
export async function undoSettings(
  parts: WebParts,
  place: SettingsPlace,
  seq: number,
  admin: Admin,
): Promise<SettingsView> {
  const entry = await parts.audit.find(seq)
  if (entry?.action !== 'settings.changed' || entry.target !== targetOf(place))
    throw new WebFault('not_found')
  return changeSettings(parts, place, wayBack(entry), admin)
}

/** Settings that no longer exist are left out. */
function wayBack({ before, after }: RecordedAuditEntry): SettingsPatch {
  const was = ownSettingsSchema.loose().parse(before ?? {})
  const is = ownSettingsSchema.loose().parse(after ?? {})
  const known = Object.keys(settingsPatchSchema.shape)
  const changed = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter(
    (name) => known.includes(name) && JSON.stringify(was[name]) !== JSON.stringify(is[name]),
  )
  return settingsPatchSchema.parse(Object.fromEntries(changed.map((name) => [name, was[name] ?? null])))
}

function targetOf(place: SettingsPlace): string {
  return place.scope === 'hub' ? 'hub' : `${place.scope}:${place.id}`
}
