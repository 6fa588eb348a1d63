import { z } from 'zod'
import { type OwnSettings, type SettingsPatch, settingsSchema } from './settings.ts'

const setting = settingsSchema.keyof()

/** How far workspace admins may go; set by the hub's operators, who are not bound by it. */
export const ceilingsSchema = z.strictObject({
  /** What they may not change at all. */
  locked: z.array(setting).max(setting.options.length),
  /** The only models they may choose; empty: all that are listed. */
  models: z.array(z.string().trim().min(1).max(200)).max(200),
  /** Tokens. */
  maxOutputTokens: z.number().int().min(1).max(1_000_000).nullable(),
})
export type Ceilings = z.infer<typeof ceilingsSchema>

export const NO_CEILINGS: Ceilings = { locked: [], models: [], maxOutputTokens: null }

export type Excess =
  | { readonly setting: keyof OwnSettings; readonly kind: 'locked' }
  | { readonly setting: 'model' | 'fallback'; readonly kind: 'model'; readonly models: readonly string[] }
  | { readonly setting: 'maxOutputTokens'; readonly kind: 'most'; readonly most: number }

/** Where a change goes too far. What stays as it is, is no change. */
export function excesses(ceilings: Ceilings, own: OwnSettings, patch: SettingsPatch): readonly Excess[] {
  const { locked, models, maxOutputTokens: most } = ceilings
  return setting.options.flatMap((name): Excess[] => {
    const wanted = patch[name]
    if (wanted === undefined || (wanted ?? undefined) === own[name]) return []
    if (locked.includes(name)) return [{ setting: name, kind: 'locked' }]
    if (isModel(name) && typeof wanted === 'string' && models.length > 0 && !models.includes(wanted))
      return [{ setting: name, kind: 'model', models }]
    if (name === 'maxOutputTokens' && typeof wanted === 'number' && most !== null && wanted > most)
      return [{ setting: 'maxOutputTokens', kind: 'most', most }]
    return []
  })
}

function isModel(name: keyof OwnSettings): name is 'model' | 'fallback' {
  return name === 'model' || name === 'fallback'
}
