import { createCipheriv, createDecipheriv, createHash, randomBytes, scrypt } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { MatrixError } from 'matrix-bot-sdk'
import { z } from 'zod'
import { HubError } from '../../src/model/errors.ts'
import type { MatrixCredentials, PasswordCredentials } from './credentials.ts'
import { asPlatformError } from './errors.ts'
import { callHomeserver } from './homeserver.ts'

export interface Session {
  readonly accessToken: string
  readonly deviceId: string
}

const loginSchema = z.object({ access_token: z.string(), device_id: z.string() })
const LOGIN_LIMIT_MS = 30_000

/** A known device id takes its device over: the token it had before is no longer accepted. */
export async function logIn(
  credentials: PasswordCredentials,
  deviceId: string | undefined,
  signal: AbortSignal,
): Promise<Session> {
  try {
    const answer = await callHomeserver({
      homeserverUrl: credentials.homeserverUrl,
      method: 'POST',
      path: '/_matrix/client/v3/login',
      body: {
        type: 'm.login.password',
        identifier: { type: 'm.id.user', user: credentials.user },
        password: credentials.password,
        initial_device_display_name: 'BrainAll',
        ...(deviceId === undefined ? {} : { device_id: deviceId }),
      },
      timeoutMs: LOGIN_LIMIT_MS,
      signal,
    })
    const { access_token: accessToken, device_id } = loginSchema.parse(answer)
    return { accessToken, deviceId: device_id }
  } catch (error) {
    if (error instanceof MatrixError && error.statusCode === 403)
      throw new HubError(
        'platform_unauthorized',
        'the Matrix homeserver does not accept the user and password',
      )
    throw asPlatformError(error)
  }
}

const deriveKey = promisify<string, Buffer, number, Buffer>(scrypt)

/** So that what is stored is of no use without the password. */
export async function sealToken(token: string, password: string): Promise<string> {
  const salt = randomBytes(16)
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', await deriveKey(password, salt, 32), iv)
  const sealed = Buffer.concat([cipher.update(token, 'utf8'), cipher.final()])
  return Buffer.concat([salt, iv, cipher.getAuthTag(), sealed]).toString('base64')
}

/** Undefined after a change of the password. */
export async function openToken(sealedToken: string, password: string): Promise<string | undefined> {
  const bytes = Buffer.from(sealedToken, 'base64')
  try {
    const key = await deriveKey(password, bytes.subarray(0, 16), 32)
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(16, 28))
    decipher.setAuthTag(bytes.subarray(28, 44))
    return Buffer.concat([decipher.update(bytes.subarray(44)), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}

/** Tokens of the receivers in this process: homeservers allow few log-ins, and know transactions by device. */
const received = new Map<string, string>()
const RECEIVER_WAIT_MS = 5_000
const RECEIVER_LOOK_MS = 50

export function shareToken(credentials: PasswordCredentials, token: string | undefined): void {
  if (token === undefined) received.delete(accountOf(credentials))
  else received.set(accountOf(credentials), token)
}

export interface TokenSource {
  token(signal: AbortSignal): Promise<string>
  /** The homeserver does not accept it any more. */
  refuse(token: string): void
}

/**
 * For senders. With a password, the token of the receiver in the same process; where there is none, one
 * of this machine's own sending device, so that transaction ids hold over restarts.
 */
export function openTokenSource(credentials: MatrixCredentials): TokenSource {
  if ('accessToken' in credentials)
    return { token: () => Promise.resolve(credentials.accessToken), refuse: () => undefined }
  const account = accountOf(credentials)
  let own: Promise<string> | undefined
  let refused: string | undefined
  const shared = (): string | undefined => {
    const token = received.get(account)
    return token === refused ? undefined : token
  }
  const ownToken = async (): Promise<string> => {
    const deviceId = `BRAINALL${createHash('sha256').update(`${account} ${hostname()}`).digest('hex').slice(0, 12)}`
    return (await logIn(credentials, deviceId.toUpperCase(), AbortSignal.timeout(LOGIN_LIMIT_MS))).accessToken
  }
  return {
    async token(signal) {
      const until = performance.now() + RECEIVER_WAIT_MS
      while (!own && !shared() && performance.now() < until)
        await delay(RECEIVER_LOOK_MS, undefined, { signal })
      const token = shared()
      if (token !== undefined) return token
      own ??= ownToken()
      try {
        return await own
      } catch (error) {
        own = undefined
        throw error
      }
    },
    refuse(token) {
      refused = token
      own = undefined
    },
  }
}

function accountOf({ homeserverUrl, user, password }: PasswordCredentials): string {
  return createHash('sha256')
    .update(JSON.stringify([homeserverUrl, user, password]))
    .digest('hex')
}
