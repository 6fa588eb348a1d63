import { z } from 'zod'
import { HubError } from '../../src/model/errors.ts'
import type { Logger } from '../../src/ports/logger.ts'
import type { Credentials } from '../../src/ports/platform-adapter.ts'
import { parseCredentials } from './credentials.ts'
import { type CallSlack, createCallSlack } from './web-api.ts'

const LIMIT_MS = 10_000

const identitySchema = z.object({
  team_id: z.string(),
  team: z.string(),
  user_id: z.string(),
  user: z.string().optional(),
  bot_id: z.string(),
})

export type Identity = z.infer<typeof identitySchema>

/** Who the bot token is. */
export async function askIdentity(call: CallSlack, signal: AbortSignal): Promise<Identity> {
  const answer = await call('auth.test', signal, (client) => client.auth.test())
  const identity = identitySchema.safeParse(answer)
  if (!identity.success) throw new HubError('platform_unauthorized', 'the Slack token is not that of a bot')
  return identity.data
}

export function accountOf({ user, user_id: id, team }: Identity): string {
  return `${user ?? id} (${team})`
}

/** Checks the app token as well, where there is one. */
export async function identify(credentials: Credentials, signal: AbortSignal): Promise<string> {
  const { botToken, appToken, apiUrl } = parseCredentials(credentials)
  const asking = { apiUrl, log: silent, limitMs: LIMIT_MS }
  const identity = await askIdentity(createCallSlack({ ...asking, token: botToken }), signal)
  if (appToken === undefined) return accountOf(identity)
  try {
    const call = createCallSlack({ ...asking, token: appToken })
    await call('apps.connections.open', signal, (client) => client.apps.connections.open({}))
  } catch (error) {
    throw asAppTokenError(error)
  }
  return accountOf(identity)
}

/** Says which of the two tokens it is that Slack refuses. */
export function asAppTokenError(error: unknown): unknown {
  if (!(error instanceof HubError) || error.code !== 'platform_unauthorized') return error
  return new HubError(error.code, 'Slack does not accept the app token')
}

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
}
