import { z } from 'zod'
import { HubError } from '../../src/model/errors.ts'
import type { Credentials } from '../../src/ports/platform-adapter.ts'

const schema = z.object({
  token: z.string().min(1),
  apiRoot: z.string().default('https://api.telegram.org'),
  /** Present: updates come by webhook. */
  webhookSecret: z.string().optional(),
})

export type TelegramCredentials = z.infer<typeof schema>

export function parseCredentials(credentials: Credentials): TelegramCredentials {
  const parsed = schema.safeParse(credentials)
  if (!parsed.success) throw new HubError('credentials_malformed', 'the Telegram credentials are incomplete')
  return parsed.data
}
