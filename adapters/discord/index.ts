import type { PlatformAdapter } from '../../src/ports/platform-adapter.ts'
import { identify } from './identify.ts'
import { createReceiver } from './receive.ts'
import { createSender } from './send.ts'

export const discord: PlatformAdapter = {
  platform: 'discord',
  label: 'Discord',
  fromEnvironment: ({
    DISCORD_TOKEN: token,
    DISCORD_APPLICATION_ID: applicationId,
    DISCORD_API_URL: apiUrl,
  }) =>
    token === undefined
      ? undefined
      : {
          slug: 'discord',
          name: 'Discord',
          credentials: {
            token,
            ...(applicationId === undefined ? {} : { applicationId }),
            ...(apiUrl === undefined ? {} : { apiUrl }),
          },
        },
  identify,
  createReceiver,
  createSender,
}
