import { z } from 'zod'
import { HubError } from '../../src/model/errors.ts'
import type { Logger } from '../../src/ports/logger.ts'
import type { Credentials } from '../../src/ports/platform-adapter.ts'
import { parseCredentials } from './credentials.ts'
import { type CallSlack, createCallSlack } from './web-api.ts'

const LIMIT_MS = 10_000
const REFUSED: ReadonlySet<string> = new Set(['platform_unauthorized', 'platform_forbidden'])

const identitySchema = z.object({
  team_id: z.string(),
  team: z.string(),
  user_id: z.string(),
  user: z.string().optional(),
  bot_id: z.string(),
  is_enterprise_install: z.boolean().optional(),
})

export type Identity = z.infer<typeof identitySchema>

/** Who the bot token is. */
export async function askIdentity(call: CallSlack, signal: AbortSignal): Promise<Identity> {
  const answer = await call('auth.test', signal, (client) => client.auth.test())
  const identity = identitySchema.safeParse(answer)
  if (!identity.success) throw new HubError('platform_unauthorized', 'the Slack token is not that of a bot')
  return identity.data
}

/** Who each bot token is, or why Slack refuses it, in their order. Rejects where Slack could not be asked. */
export async function askIdentities(
  calls: readonly CallSlack[],
  signal: AbortSignal,
): Promise<(Identity | HubError)[]> {
  return await Promise.all(
    calls.map(async (call) => {
      try {
        return await askIdentity(call, signal)
      } catch (error) {
        if (error instanceof HubError && REFUSED.has(error.code)) return error
        throw error
      }
    }),
  )
}

/** In words without the token: its place in the list. */
export function tokenAt(index: number, count: number): string {
  return `bot token ${index + 1} of ${count}`
}

export function accountOf({ user, user_id: id, team }: Identity): string {
  return `${user ?? id} (${team})`
}

/** All bots by name. One refused token is a fault, also beside others; the app token is checked as well. */
export async function identify(credentials: Credentials, signal: AbortSignal): Promise<string> {
  const { botTokens, appToken, apiUrl } = parseCredentials(credentials)
  const asking = { apiUrl, log: silent, limitMs: LIMIT_MS }
  const calls = botTokens.map((token) => createCallSlack({ ...asking, token }))
  const accounts: string[] = []
  const refusals: string[] = []
  for (const [index, answer] of (await askIdentities(calls, signal)).entries()) {
    if (!(answer instanceof HubError)) accounts.push(accountOf(answer))
    else if (calls.length === 1) throw answer
    else refusals.push(`${tokenAt(index, calls.length)}: ${answer.message}`)
  }
  const account = accounts.join(', ')
  if (refusals.length > 0) {
    const accepted = account === '' ? '' : `; accepted: ${account}`
    throw new HubError('platform_unauthorized', `${refusals.join('; ')}${accepted}`)
  }
  if (appToken === undefined) return account
  try {
    const call = createCallSlack({ ...asking, token: appToken })
    await call('apps.connections.open', signal, (client) => client.apps.connections.open({}))
  } catch (error) {
    throw asAppTokenError(error)
  }
  return account
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
