import { App } from '@slack/bolt'
import { z } from 'zod'
import { asHubError, HubError } from '../../src/model/errors.ts'
import { externalId } from '../../src/model/ids.ts'
import type { Credentials } from '../../src/ports/platform-adapter.ts'
import type { Receiver, ReceiverContext } from '../../src/ports/receiver.ts'
import { parseCredentials } from './credentials.ts'
import type { Self } from './decode.ts'
import type { DeliveryContext } from './delivery.ts'
import { createDirectory, LOOKUP_LIMIT_MS } from './directory.ts'
import { asPlatformError } from './errors.ts'
import { HttpReceiver } from './http-receiver.ts'
import { accountOf, askIdentity } from './identify.ts'
import { createIntake, type Intake } from './intake.ts'
import { RUN_MODAL } from './run-modal.ts'
import { SocketReceiver } from './socket-receiver.ts'
import { clientOptions, createCallSlack, sdkLogger } from './web-api.ts'

const START_LIMIT_MS = 10_000

const renameSchema = z.object({ channel: z.object({ id: z.string(), name: z.string() }) })
const revokedSchema = z.object({ tokens: z.object({ bot: z.array(z.string()).nullish() }) })

export function createReceiver(context: ReceiverContext, credentials: Credentials): Receiver {
  const { botToken: token, appToken, signingSecret, apiUrl } = parseCredentials(credentials)
  const { log } = context
  const door =
    appToken === undefined
      ? new HttpReceiver({ signingSecret: signingSecret ?? '', log })
      : new SocketReceiver({ appToken, apiUrl, log })
  const call = createCallSlack({ token, apiUrl, log, limitMs: START_LIMIT_MS })
  const directory = createDirectory(createCallSlack({ token, apiUrl, log, limitMs: LOOKUP_LIMIT_MS }))

  const run = async (signal: AbortSignal, revoked: (why: string) => void): Promise<void> => {
    const identity = await askIdentity(call, signal)
    const self: Self = {
      connectionId: context.connectionId,
      botUserId: identity.user_id,
      teamId: identity.team_id,
      teamName: identity.team,
    }
    const app = new App<DeliveryContext>({
      receiver: door,
      token,
      botId: identity.bot_id,
      botUserId: identity.user_id,
      // The decoder does it, since Bolt lets edits of one's own messages pass.
      ignoreSelf: false,
      convoStore: false,
      processBeforeResponse: true,
      deferInitialization: true,
      tokenVerificationEnabled: false,
      logger: sdkLogger(log),
      clientOptions: clientOptions({ apiUrl, log, limitMs: START_LIMIT_MS }),
    })
    await app.init()
    const intake = createIntake({ context, self, directory, call })
    listen(app, intake)
    app.event(/^(channel|group)_rename$/, async ({ payload }) => {
      const renamed = renameSchema.safeParse(payload)
      if (renamed.success) directory.renamed(renamed.data.channel.id, renamed.data.channel.name)
    })
    app.event('app_uninstalled', async () => revoked('the app was removed from the Slack workspace'))
    app.event('tokens_revoked', async ({ payload }) => {
      const { data } = revokedSchema.safeParse(payload)
      if (data?.tokens.bot?.includes(self.botUserId)) revoked('the bot token was revoked in Slack')
    })
    const workspaces = [{ externalId: externalId(self.teamId), name: self.teamName }]
    const connected = (): void =>
      context.report({ kind: 'connected', account: accountOf(identity), workspaces })
    if (door instanceof SocketReceiver) return await door.start(signal, connected)
    await door.start()
    connected()
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    await door.stop()
  }

  return {
    async run(signal) {
      const lost = new AbortController()
      let failure: HubError | undefined
      const revoked = (why: string): void => {
        failure ??= new HubError('platform_unauthorized', why)
        lost.abort()
      }
      try {
        await run(AbortSignal.any([signal, lost.signal]), revoked)
      } catch (error) {
        if (!signal.aborted) throw failure ?? asPlatformError(error, 'the start')
      } finally {
        directory.close()
      }
      if (failure && !signal.aborted) throw failure
    },
    ...(door instanceof HttpReceiver ? { http: (request) => door.handle(request) } : {}),
  }
}

/** Exactly one listener for each kind of delivery, and all of them fail with a HubError. */
function listen(app: App<DeliveryContext>, intake: Intake): void {
  const guarded = async (work: Promise<void>): Promise<void> => {
    try {
      await work
    } catch (error) {
      throw asHubError(error)
    }
  }
  app.event(/^(message|app_mention)$/, async ({ body, context: { acknowledge } }) =>
    guarded(intake.event(body, acknowledge)),
  )
  app.command(/.*/, async ({ body, context: { acknowledge } }) => guarded(intake.command(body, acknowledge)))
  app.action({ type: 'block_actions' }, async ({ body, context: { acknowledge } }) =>
    guarded(intake.press(body, acknowledge)),
  )
  app.view(RUN_MODAL, async ({ body, context: { acknowledge } }) =>
    guarded(intake.submission(body, acknowledge)),
  )
  app.error(async (error) => {
    throw error
  })
}
