import type { EffectiveSettings } from '../model/settings.ts'

/** Who asks, and where, by the platform's own ids. */
export interface Asker {
  readonly person: string
  /** The channel, and what it is within. */
  readonly channels: readonly string[]
  readonly direct: boolean
}

export type Refusal = 'person_denied' | 'person_not_allowed' | 'channel_denied' | 'channel_not_allowed'

type Lists = Pick<EffectiveSettings, 'allowPeople' | 'denyPeople' | 'allowChannels' | 'denyChannels'>

/** Why somebody is not answered; what is denied is denied even where it is allowed too. */
export function refusalOf(lists: Lists, { person, channels, direct }: Asker): Refusal | undefined {
  if (names(lists.denyPeople, [person])) return 'person_denied'
  if (!direct && names(lists.denyChannels, channels)) return 'channel_denied'
  if (lists.allowPeople.length > 0 && !names(lists.allowPeople, [person])) return 'person_not_allowed'
  if (!direct && lists.allowChannels.length > 0 && !names(lists.allowChannels, channels))
    return 'channel_not_allowed'
  return undefined
}

export function names(list: readonly string[], ids: readonly string[]): boolean {
  const wanted = new Set(ids.map((id) => id.toLowerCase()))
  return list.some((entry) => wanted.has(entry.toLowerCase()))
}
