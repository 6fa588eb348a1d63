import { App } from '@slack/bolt'
import { z } from 'zod'
import { asHubError, HubError } from '../../src/model/errors.ts'
import type { Credentials } from '../../src/ports/platform-adapter.ts'
import type { Receiver, ReceiverContext } from '../../src/ports/receiver.ts'
import { parseCredentials } from './credentials.ts'
import { teamOfEvent } from './decode.ts'
import { RUN_SHORTCUT } from './decode-interaction.ts'
import type { DeliveryContext } from './delivery.ts'
import { asPlatformError } from './errors.ts'
import { HttpReceiver } from './http-receiver.ts'
import { createIntake, type Intake } from './intake.ts'
import { RUN_MODAL } from './run-modal.ts'
import { SocketReceiver } from './socket-receiver.ts'
import { openTeams, START_LIMIT_MS, type Teams } from './teams.ts'
import { clientOptions, sdkLogger } from './web-api.ts'

const renameSchema = z.object({ channel: z.object({ id: z.string(), name: z.string() }) })
const revokedSchema = z.object({ tokens: z.object({ bot: z.array(z.string()).nullish() }) })

export function createReceiver(context: ReceiverContext, credentials: Credentials): Receiver {
  const parsed = parseCredentials(credentials)
  const { appToken, signingSecret, apiUrl } = parsed
  const { log } = context
  const door =
    appToken === undefined
      ? new HttpReceiver({ signingSecret: signingSecret ?? '', log })
      : new SocketReceiver({ appToken, apiUrl, log })

  const listenFor = async (teams: Teams, signal: AbortSignal, lose: (why: string) => void): Promise<void> => {
    const app = new App<DeliveryContext>({
      receiver: door,
      // Only tells Bolt that it may call the listeners: they choose the team and its token themselves.
      authorize: async () => ({}),
      // The decoder does it, since Bolt lets edits of one's own messages pass.
      ignoreSelf: false,
      convoStore: false,
      processBeforeResponse: true,
      deferInitialization: true,
      logger: sdkLogger(log),
      clientOptions: clientOptions({ apiUrl, log, limitMs: START_LIMIT_MS }),
    })
    await app.init()
    const intake = createIntake({ context, teams, apiUrl })
    listen(app, intake)
    app.event(/^(channel|group)_rename$/, async ({ body, payload }) => {
      const { data } = renameSchema.safeParse(payload)
      if (data) teams.of(teamOfEvent(body))?.directory.renamed(data.channel.id, data.channel.name)
    })
    const connected = (): void => context.report({ kind: 'connected', ...teams.summary() })
    const leave = (teamId: string | undefined, why: string): void => {
      if (!teams.remove(teamId)) return
      if (teams.size === 0) lose(why)
      else {
        log.warn({ team: teamId }, why)
        connected()
      }
    }
    app.event('app_uninstalled', async ({ body }) =>
      leave(teamOfEvent(body), 'the app was removed from the Slack workspace'),
    )
    app.event('tokens_revoked', async ({ body, payload }) => {
      const { data } = revokedSchema.safeParse(payload)
      const teamId = teamOfEvent(body)
      const botUserId = teams.of(teamId)?.self.botUserId
      if (botUserId !== undefined && data?.tokens.bot?.includes(botUserId))
        leave(teamId, 'the bot token was revoked in Slack')
    })
    if (door instanceof SocketReceiver) return await door.start(signal, connected)
    await door.start()
    connected()
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    await door.stop()
  }

  const run = async (signal: AbortSignal, lose: (why: string) => void): Promise<void> => {
    const teams = await openTeams(context, parsed, signal)
    try {
      await listenFor(teams, signal, lose)
    } finally {
      teams.close()
    }
  }

  return {
    async run(signal) {
      const lost = new AbortController()
      let failure: HubError | undefined
      const lose = (why: string): void => {
        failure ??= new HubError('platform_unauthorized', why)
        lost.abort()
      }
      try {
        await run(AbortSignal.any([signal, lost.signal]), lose)
      } catch (error) {
        if (!signal.aborted) throw failure ?? asPlatformError(error, 'the start')
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
  app.event('agent_session_stopped', async ({ body, context: { acknowledge } }) =>
    guarded(intake.sessionStop(body, acknowledge)),
  )
  app.command(/.*/, async ({ body, context: { acknowledge } }) => guarded(intake.command(body, acknowledge)))
  app.action({ type: 'block_actions' }, async ({ body, context: { acknowledge } }) =>
    guarded(intake.press(body, acknowledge)),
  )
  app.shortcut(
    { type: 'message_action', callback_id: RUN_SHORTCUT },
    async ({ body, context: { acknowledge } }) => guarded(intake.shortcut(body, acknowledge)),
  )
  app.view(RUN_MODAL, async ({ body, context: { acknowledge } }) =>
    guarded(intake.submission(body, acknowledge)),
  )
  app.error(async (error) => {
    throw error
  })
}
