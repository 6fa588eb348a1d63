import { z } from 'zod'
import { asHubError } from '../../src/model/errors.ts'
import type { Credentials } from '../../src/ports/platform-adapter.ts'
import type { Receiver, ReceiverContext } from '../../src/ports/receiver.ts'
import { SyncingClient } from './client.ts'
import { type MatrixCredentials, parseCredentials } from './credentials.ts'
import { type Self, workspaceOf } from './decode.ts'
import { asPlatformError, isNotFound } from './errors.ts'
import { callHomeserver } from './homeserver.ts'
import { type IntakeParts, takeSync } from './intake.ts'
import { openInvitations } from './invitations.ts'
import { Position } from './position.ts'
import { openRooms } from './rooms.ts'
import { takeSdkLog } from './sdk-log.ts'
import { logIn, openToken, sealToken, shareToken } from './sessions.ts'

const CALL_LIMIT_MS = 30_000
const whoAmI = z.object({ user_id: z.string() })
const profile = z.object({ displayname: z.string().nullish() })

export function createReceiver(context: ReceiverContext, credentials: Credentials): Receiver {
  const parsed = parseCredentials(credentials)
  takeSdkLog(context.log)
  return {
    async run(signal) {
      try {
        await follow(context, parsed, signal)
      } catch (error) {
        if (!signal.aborted) throw asPlatformError(error)
      } finally {
        if ('password' in parsed) shareToken(parsed, undefined)
      }
    },
  }
}

/** A session that was ended on the homeserver is begun anew once, where there is a password. */
async function follow(
  context: ReceiverContext,
  credentials: MatrixCredentials,
  signal: AbortSignal,
): Promise<void> {
  const position = await Position.open(context.cursor)
  for (let renew = false; ; renew = true) {
    try {
      const accessToken = await tokenFor(credentials, position, renew, signal)
      await sync(context, credentials.homeserverUrl, accessToken, position, signal)
      return
    } catch (error) {
      const failure = asHubError(asPlatformError(error))
      if (renew || failure.code !== 'platform_unauthorized' || 'accessToken' in credentials) throw failure
    }
  }
}

async function tokenFor(
  credentials: MatrixCredentials,
  position: Position,
  renew: boolean,
  signal: AbortSignal,
): Promise<string> {
  if ('accessToken' in credentials) return credentials.accessToken
  const { session } = position
  const kept = session && !renew ? await openToken(session.sealedToken, credentials.password) : undefined
  if (kept !== undefined) {
    shareToken(credentials, kept)
    return kept
  }
  const { accessToken, deviceId } = await logIn(credentials, session?.deviceId, signal)
  position.session = { deviceId, sealedToken: await sealToken(accessToken, credentials.password) }
  await position.save()
  shareToken(credentials, accessToken)
  return accessToken
}

/** Resolves after the abort, with nothing left under way. */
async function sync(
  context: ReceiverContext,
  homeserverUrl: string,
  accessToken: string,
  position: Position,
  outer: AbortSignal,
): Promise<void> {
  const { report, log } = context
  const self = await introduce(context, homeserverUrl, accessToken, outer)
  position.belongTo(self.userId)
  const ending = new AbortController()
  const signal = AbortSignal.any([outer, ending.signal])
  let isConnected = false
  const client: SyncingClient = new SyncingClient(homeserverUrl, accessToken, {
    position,
    signal,
    take: async (answer, since) => await takeSync(parts, answer, since),
    onFailure(failure) {
      log.warn({ code: failure.code, err: failure }, 'a sync with the Matrix homeserver failed')
      if (failure.code === 'platform_unreachable' || !isConnected)
        report({ kind: 'down', detail: failure.message })
      isConnected = false
    },
    onSuccess() {
      if (!isConnected) report({ kind: 'connected', account: self.userId, workspaces: [workspaceOf(self)] })
      isConnected = true
    },
  })
  const rooms = openRooms(client)
  const { userId } = self
  const invitations = openInvitations({ client, userId, position, rooms, log, signal })
  const parts: IntakeParts = { client, self, position, rooms, invitations, context, signal }
  try {
    await client.start()
  } finally {
    ending.abort()
    await invitations.settled()
  }
}

async function introduce(
  { connectionId }: ReceiverContext,
  homeserverUrl: string,
  accessToken: string,
  signal: AbortSignal,
): Promise<Self> {
  const get = async (path: string) =>
    await callHomeserver({
      homeserverUrl,
      accessToken,
      method: 'GET',
      path,
      timeoutMs: CALL_LIMIT_MS,
      signal,
    })
  const { user_id: userId } = whoAmI.parse(await get('/_matrix/client/v3/account/whoami'))
  const shown = await get(`/_matrix/client/v3/profile/${encodeURIComponent(userId)}`).catch(
    (error: unknown) => {
      if (isNotFound(error)) return {}
      throw error
    },
  )
  const displayName = profile.parse(shown).displayname || userId.slice(1).split(':')[0] || userId
  return { connectionId, userId, displayName }
}
