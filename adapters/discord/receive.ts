import { asHubError } from '../../src/model/errors.ts'
import type { Credentials } from '../../src/ports/platform-adapter.ts'
import type { Receiver, ReceiverContext } from '../../src/ports/receiver.ts'
import { parseCredentials } from './credentials.ts'
import { holdGateway } from './gateway.ts'
import { createIntake } from './intake.ts'
import { openPosition } from './position.ts'

export function createReceiver(context: ReceiverContext, credentials: Credentials): Receiver {
  const { token, apiUrl, applicationId } = parseCredentials(credentials)
  return {
    async run(signal) {
      const position = await openPosition(context)
      try {
        for (const readsContent of [true, false]) {
          const intake = createIntake({ context, position, signal, applicationId, readsContent })
          const { log } = context
          const end = await holdGateway({ token, apiUrl, readsContent, log, ...intake }, signal)
          if (end === 'stopped') return
          context.log.warn({}, 'Discord refuses the message content intent; going on without it')
        }
      } catch (error) {
        if (!signal.aborted) throw asHubError(error)
      } finally {
        await position.close()
      }
    },
  }
}
