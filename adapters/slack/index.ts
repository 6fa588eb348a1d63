import type { PlatformAdapter } from '../../src/ports/platform-adapter.ts'
import { identify } from './identify.ts'
import { createReceiver } from './receive.ts'
import { createSender } from './send.ts'

export const slack: PlatformAdapter = {
  platform: 'slack',
  label: 'Slack',
  fromEnvironment: ({
    SLACK_BOT_TOKEN: botToken,
    SLACK_APP_TOKEN: appToken,
    SLACK_SIGNING_SECRET: signingSecret,
    SLACK_API_URL: apiUrl,
  }) =>
    botToken === undefined || (appToken === undefined && signingSecret === undefined)
      ? undefined
      : {
          slug: 'slack',
          name: 'Slack',
          credentials: {
            botToken,
            ...(appToken === undefined ? {} : { appToken }),
            ...(signingSecret === undefined ? {} : { signingSecret }),
            ...(apiUrl === undefined ? {} : { apiUrl }),
          },
        },
  identify,
  createReceiver,
  createSender,
}
