import type { Ceilings } from '../model/ceilings.ts'
import type { ChannelId, ExternalId, PersonId, WorkspaceId } from '../model/ids.ts'
import type { OwnSettings, SettingScope, SettingsPatch } from '../model/settings.ts'

export type SettingsPlace =
  | { readonly scope: 'hub' }
  | { readonly scope: 'workspace'; readonly id: WorkspaceId }
  | { readonly scope: 'channel'; readonly id: ChannelId }
  | { readonly scope: 'person'; readonly id: PersonId }

export interface SettingsLayer {
  readonly scope: SettingScope
  readonly own: OwnSettings
}

export interface SettingsStore {
  /** From the hub down to the place itself; undefined: there is no such place. */
  layers(place: SettingsPlace): Promise<readonly SettingsLayer[] | undefined>
  personName(id: PersonId): Promise<string | undefined>
  /**
   * Applies the patch to what is set at the place by then: changes made at once follow each other, none is
   * lost. Leaves an audit entry in the same transaction. False: there is no such place.
   */
  change(place: SettingsPlace, patch: SettingsPatch, actor: string): Promise<boolean>
  /** Everything that is set below the hub, by the names of the platforms. */
  named(): Promise<
    readonly {
      /** Its slug. */
      readonly connection: string
      readonly workspace: { readonly externalId: ExternalId; readonly name: string }
      readonly channel: { readonly externalId: ExternalId; readonly name: string | undefined } | undefined
      readonly own: OwnSettings
    }[]
  >
  /** undefined: there is no such place. */
  locate(where: {
    readonly connection: string
    readonly workspace: string
    readonly channel?: string
  }): Promise<SettingsPlace | undefined>
  ceilings(): Promise<Ceilings>
  /** Leaves an audit entry in the same transaction. */
  changeCeilings(ceilings: Ceilings, actor: string): Promise<void>
}
