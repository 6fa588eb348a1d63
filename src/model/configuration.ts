import { z } from 'zod'
import { ceilingsSchema } from './ceilings.ts'
import { ownSettingsSchema } from './settings.ts'

const named = { name: z.string().optional().describe('For readers; not read back') }

/** All settings as one document, whose places are named as their platforms name them. */
export const configurationSchema = z.strictObject({
  version: z.literal(1),
  hub: ownSettingsSchema.optional(),
  ceilings: ceilingsSchema.optional(),
  workspaces: z
    .array(
      z.strictObject({
        connection: z.string().describe('Its slug'),
        workspace: z.string().describe("The platform's own id"),
        ...named,
        settings: ownSettingsSchema.optional(),
        channels: z
          .array(z.strictObject({ channel: z.string(), ...named, settings: ownSettingsSchema }))
          .optional(),
      }),
    )
    .optional(),
})
export type Configuration = z.infer<typeof configurationSchema>

/** One setting that an import changes. */
export interface ConfigurationChange {
  /** `hub`, `ceilings`, `slack/T1` or `slack/T1/C1`. */
  readonly place: string
  readonly setting: string
  /** undefined: inherited. */
  readonly before: unknown
  readonly after: unknown
}
