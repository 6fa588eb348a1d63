import type { PlatformAdapter } from '../../src/ports/platform-adapter.ts'
import { identify } from './identify.ts'
import { createReceiver } from './receive.ts'
import { createSender } from './send.ts'

export const telegram: PlatformAdapter = {
  platform: 'telegram',
  label: 'Telegram',
  fromEnvironment: ({
    TELEGRAM_BOT_TOKEN: token,
    TELEGRAM_API_ROOT: apiRoot,
    TELEGRAM_WEBHOOK_SECRET: webhookSecret,
  }) =>
    token === undefined
      ? undefined
      : {
          slug: 'telegram',
          name: 'Telegram',
          credentials: {
            token,
            ...(apiRoot === undefined ? {} : { apiRoot }),
            ...(webhookSecret === undefined ? {} : { webhookSecret }),
          },
        },
  identify,
  createReceiver,
  createSender,
}
