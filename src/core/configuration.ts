import type { Configuration, ConfigurationChange } from '../model/configuration.ts'
import { HubError } from '../model/errors.ts'
import { type OwnSettings, type SettingsPatch, settingsPatchSchema } from '../model/settings.ts'
import type { SettingsPlace, SettingsStore } from '../ports/settings-store.ts'

export async function exportConfiguration(store: SettingsStore): Promise<Configuration> {
  const [hub] = (await store.layers({ scope: 'hub' })) ?? []
  const workspaces = new Map<string, NonNullable<Configuration['workspaces']>[number]>()
  for (const { connection, workspace, channel, own } of await store.named()) {
    const key = `${connection} ${workspace.externalId}`
    const entry = workspaces.get(key) ?? { connection, workspace: workspace.externalId, name: workspace.name }
    if (channel === undefined) workspaces.set(key, { ...entry, settings: own })
    else {
      const one = {
        channel: channel.externalId,
        ...(channel.name === undefined ? {} : { name: channel.name }),
        settings: own,
      }
      workspaces.set(key, { ...entry, channels: [...(entry.channels ?? []), one] })
    }
  }
  return {
    version: 1,
    hub: hub?.own ?? {},
    ceilings: await store.ceilings(),
    workspaces: [...workspaces.values()],
  }
}

interface Step {
  readonly changes: readonly ConfigurationChange[]
  readonly apply: () => Promise<unknown>
}

/**
 * Brings the places that the document names to what it says, and leaves all others alone. Gives what that changes,
 * also without `apply`. Rejects with `unknown_place`, with nothing changed, where one of them is not known.
 */
export async function importConfiguration(
  store: SettingsStore,
  document: Configuration,
  { apply, actor }: { readonly apply: boolean; readonly actor: string },
): Promise<readonly ConfigurationChange[]> {
  const steps: Step[] = []
  for (const { name, place, settings } of await placesIn(store, document)) {
    const own = (await store.layers(place))?.at(-1)?.own ?? {}
    const patch = patchBetween(own, settings)
    const changes = Object.entries(patch).map(([setting, after]) => ({
      place: name,
      setting,
      before: own[setting as keyof OwnSettings],
      after: after ?? undefined,
    }))
    if (changes.length > 0) steps.push({ changes, apply: () => store.change(place, patch, actor) })
  }
  const { ceilings } = document
  if (ceilings !== undefined) {
    const before = await store.ceilings()
    const changes = (Object.keys(ceilings) as (keyof typeof ceilings)[])
      .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(ceilings[name]))
      .map((setting) => ({ place: 'ceilings', setting, before: before[setting], after: ceilings[setting] }))
    if (changes.length > 0) steps.push({ changes, apply: () => store.changeCeilings(ceilings, actor) })
  }
  if (apply) for (const step of steps) await step.apply()
  return steps.flatMap(({ changes }) => changes)
}

interface WantedPlace {
  readonly name: string
  readonly place: SettingsPlace
  readonly settings: OwnSettings
}

async function placesIn(
  store: SettingsStore,
  { hub, workspaces = [] }: Configuration,
): Promise<readonly WantedPlace[]> {
  const wanted: WantedPlace[] =
    hub === undefined ? [] : [{ name: 'hub', place: { scope: 'hub' }, settings: hub }]
  const unknown: string[] = []
  const add = async (
    name: string,
    settings: OwnSettings,
    where: { readonly connection: string; readonly workspace: string; readonly channel?: string },
  ) => {
    const place = await store.locate(where)
    if (place === undefined) unknown.push(name)
    else wanted.push({ name, place, settings })
  }
  for (const { connection, workspace, settings, channels = [] } of workspaces) {
    const name = `${connection}/${workspace}`
    if (settings !== undefined) await add(name, settings, { connection, workspace })
    for (const { channel, settings: own } of channels)
      await add(`${name}/${channel}`, own, { connection, workspace, channel })
  }
  if (unknown.length > 0)
    throw new HubError('unknown_place', `these places are not known here: ${unknown.join(', ')}`)
  return wanted
}

function patchBetween(before: OwnSettings, after: OwnSettings): SettingsPatch {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof OwnSettings)[]
  const changed = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
  return settingsPatchSchema.parse(Object.fromEntries(changed.map((name) => [name, after[name] ?? null])))
}
