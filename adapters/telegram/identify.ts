import { Api } from 'grammy'
import type { PlatformAdapter } from '../../src/ports/platform-adapter.ts'
import { parseCredentials } from './credentials.ts'
import { asPlatformError } from './errors.ts'

export const identify: PlatformAdapter['identify'] = async (credentials, signal) => {
  const { token, apiRoot } = parseCredentials(credentials)
  try {
    const bot = await new Api(token, { apiRoot }).getMe(signal as Parameters<Api['getMe']>[0])
    return `@${bot.username}`
  } catch (error) {
    throw asPlatformError(error)
  }
}
