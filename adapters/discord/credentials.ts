import { z } from 'zod'
import { HubError } from '../../src/model/errors.ts'
import type { Credentials } from '../../src/ports/platform-adapter.ts'

const schema = z.object({
  token: z
    .string()
    .transform((value) => value.replace(/^Bot\s+/i, '').trim())
    .pipe(z.string().min(1)),
  /** Absent: the gateway names it. */
  applicationId: z
    .string()
    .regex(/^\d{17,20}$/)
    .optional(),
  apiUrl: z.url({ protocol: /^https?$/ }).default('https://discord.com/api'),
})

export type DiscordCredentials = z.infer<typeof schema>

export function parseCredentials(credentials: Credentials): DiscordCredentials {
  const parsed = schema.safeParse(credentials)
  if (!parsed.success) throw new HubError('credentials_malformed', 'the Discord credentials are incomplete')
  return parsed.data
}
