import { z } from 'zod'
import type { PlatformAdapter } from '../../src/ports/platform-adapter.ts'
import { parseCredentials } from './credentials.ts'
import { asPlatformError } from './errors.ts'
import { callHomeserver } from './homeserver.ts'
import { logIn } from './sessions.ts'

const LIMIT_MS = 10_000
const whoAmI = z.object({ user_id: z.string() })

/** The user id. With a password: through a session that is ended again, so that no device stays behind. */
export const identify: PlatformAdapter['identify'] = async (credentials, signal) => {
  const parsed = parseCredentials(credentials)
  const { homeserverUrl } = parsed
  try {
    const accessToken =
      'accessToken' in parsed ? parsed.accessToken : (await logIn(parsed, undefined, signal)).accessToken
    const call = async (method: string, path: string) =>
      await callHomeserver({ homeserverUrl, accessToken, method, path, timeoutMs: LIMIT_MS, signal })
    const { user_id: userId } = whoAmI.parse(await call('GET', '/_matrix/client/v3/account/whoami'))
    if ('password' in parsed) await call('POST', '/_matrix/client/v3/logout')
    return userId
  } catch (error) {
    throw asPlatformError(error)
  }
}
