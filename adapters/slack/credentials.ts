import { z } from 'zod'
import { HubError } from '../../src/model/errors.ts'
import type { Credentials } from '../../src/ports/platform-adapter.ts'

const schema = z
  .object({
    /** One for each workspace, separated by commas. */
    botToken: z
      .string()
      .transform((list) => list.split(',').map((token) => token.trim()))
      .pipe(z.array(z.string().min(1))),
    /** Present: events come by Socket Mode. */
    appToken: z.string().min(1).optional(),
    /** Otherwise they come by HTTP, signed with this. */
    signingSecret: z.string().min(1).optional(),
    apiUrl: z
      .url({ protocol: /^https?$/ })
      .default('https://slack.com/api/')
      .transform((url) => (url.endsWith('/') ? url : `${url}/`)),
  })
  .refine(({ appToken, signingSecret }) => appToken !== undefined || signingSecret !== undefined)
  .transform(({ botToken, ...rest }) => ({ ...rest, botTokens: [...new Set(botToken)] }))

export type SlackCredentials = z.infer<typeof schema>

export function parseCredentials(credentials: Credentials): SlackCredentials {
  const parsed = schema.safeParse(credentials)
  if (!parsed.success) {
    throw new HubError(
      'credentials_malformed',
      'Slack needs a bot token, and an app token (Socket Mode) or a signing secret (HTTP)',
    )
  }
  return parsed.data
}
