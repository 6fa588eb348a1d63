import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import type { AdminId, SessionId } from '../../model/ids.ts'
import type { ApiTokenStore } from '../../ports/api-token-store.ts'
import type { LiveSession, SessionStore } from '../../ports/session-store.ts'
import type { Signals } from '../../ports/signals.ts'

const LIFETIME_MS = 7 * 24 * 3_600_000
/** Workspace admins come by a link from their chat, which is no trouble to ask for again. */
const CONFINED_LIFETIME_MS = 12 * 3_600_000
/** Without a renewal for so long a session is over. */
const IDLE_MS = 24 * 3_600_000
const TOKEN_LIFETIME_MS = 30 * 60_000
/** How long a revoked session may go on in another process that missed the news. */
const CACHE_MS = 800
const MOST_CACHED = 1000
const ISSUER = 'brainall'
/** What tokens for programs begin with, so that scanners for leaked secrets know them. */
export const API_TOKEN_MARK = 'brainall_'

const claimsSchema = z.object({ sid: z.uuid().transform((id) => id as SessionId) })
const refreshSchema = z
  .string()
  .max(200)
  .transform((text) => text.split('.'))
  .pipe(z.tuple([z.uuid(), z.string().min(20)]))

export interface OpenedSession {
  /** A JWT of half an hour. */
  readonly token: string
  readonly expiresAt: Date
  /** Gives the next token, once; absent: another request was given it at this moment. */
  readonly refresh: { readonly token: string; readonly expiresAt: Date } | undefined
}

export interface LiveSessions {
  open(
    admin: { readonly id: AdminId; readonly role: string },
    userAgent: string | undefined,
    address: string,
  ): Promise<OpenedSession>
  /** undefined: the token is forged, expired or revoked. */
  find(token: string): Promise<LiveSession | undefined>
  /** undefined: unknown, used before, expired or revoked. */
  renew(
    refreshToken: string,
  ): Promise<{ readonly session: LiveSession; readonly opened: OpenedSession } | undefined>
  revoke(adminId: AdminId, id: string): Promise<boolean>
  /** After a change of the admin itself. */
  forgetAll(): Promise<void>
  /** What a form or script of ours sends along, so that no other site can. */
  formToken(id: string): string
  formTokenFits(id: string, given: unknown): boolean
  close(): void
}

export function createLiveSessions(
  store: SessionStore,
  apiTokens: Pick<ApiTokenStore, 'find'>,
  signals: Signals,
  signingKey: Buffer,
): LiveSessions {
  const cache = new Map<string, { readonly session: LiveSession; readonly until: number }>()
  const unsubscribe = signals.subscribe('sessions', () => cache.clear())

  const formToken = (id: string) =>
    createHmac('sha256', signingKey).update(`form token ${id}`).digest('base64url')

  const sign = async (sid: SessionId, adminId: AdminId, sessionEnd: Date) => {
    const expiresAt = new Date(Math.min(Date.now() + TOKEN_LIFETIME_MS, sessionEnd.getTime()))
    const token = await new SignJWT({ sid })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(ISSUER)
      .setAudience(ISSUER)
      .setSubject(adminId)
      .setIssuedAt()
      .setExpirationTime(expiresAt)
      .sign(signingKey)
    return { token, expiresAt }
  }

  const cached = async (key: string, read: () => Promise<LiveSession | undefined>) => {
    const askedAt = Date.now()
    const known = cache.get(key)
    if (known !== undefined && known.until > askedAt) return known.session
    cache.delete(key)
    const session = await read()
    if (session === undefined) return undefined
    if (cache.size >= MOST_CACHED) cache.clear()
    cache.set(key, { session, until: askedAt + CACHE_MS })
    return session
  }

  return {
    async open({ id, role }, userAgent, address) {
      const lifetime = role === 'workspace_admin' ? CONFINED_LIFETIME_MS : LIFETIME_MS
      const expiresAt = new Date(Date.now() + lifetime)
      const secret = freshSecret()
      const refreshHash = hashOf(secret)
      const sid = await store.open({ adminId: id, expiresAt, refreshHash, userAgent, address })
      return { ...(await sign(sid, id, expiresAt)), refresh: { token: `${sid}.${secret}`, expiresAt } }
    },

    async find(token) {
      if (token.startsWith(API_TOKEN_MARK)) {
        const hash = hashOf(token)
        return cached(hash, () => apiTokens.find(hash))
      }
      const sid = await sessionIn(token, signingKey)
      return sid && cached(sid, () => store.find(sid))
    },

    async renew(refreshToken) {
      const { data } = refreshSchema.safeParse(refreshToken)
      if (data === undefined) return undefined
      const [id, secret] = data
      const sid = id as SessionId
      const next = freshSecret()
      const renewal = await store.renew(sid, hashOf(secret), hashOf(next), IDLE_MS)
      if (renewal.kind === 'refused') {
        cache.delete(sid)
        return undefined
      }
      const { session } = renewal
      const end = session.expiresAt ?? new Date()
      const refresh = renewal.kind === 'renewed' ? { token: `${sid}.${next}`, expiresAt: end } : undefined
      return { session, opened: { ...(await sign(sid, session.admin.id, end)), refresh } }
    },

    async revoke(adminId, id) {
      const revoked = await store.revoke(adminId, id)
      cache.delete(id)
      await signals.publish('sessions', id)
      return revoked
    },

    async forgetAll() {
      cache.clear()
      await signals.publish('sessions', 'all')
    },

    formToken,
    formTokenFits(id, given) {
      if (typeof given !== 'string') return false
      const expected = Buffer.from(formToken(id))
      const actual = Buffer.from(given)
      return actual.length === expected.length && timingSafeEqual(actual, expected)
    },
    close: unsubscribe,
  }
}

async function sessionIn(token: string, signingKey: Buffer): Promise<SessionId | undefined> {
  const verified = await jwtVerify(token, signingKey, {
    algorithms: ['HS256'],
    issuer: ISSUER,
    audience: ISSUER,
    requiredClaims: ['exp', 'sub'],
  }).catch(() => undefined)
  return claimsSchema.safeParse(verified?.payload).data?.sid
}

function freshSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** Enough for what has 256 random bits. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}
