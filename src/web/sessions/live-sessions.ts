import { createHmac, timingSafeEqual } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import type { AdminId, SessionId } from '../../model/ids.ts'
import type { LiveSession, SessionStore } from '../../ports/session-store.ts'
import type { Signals } from '../../ports/signals.ts'

const LIFETIME_MS = 7 * 24 * 3_600_000
/** How long a revoked session may go on in another process that missed the news. */
const CACHE_MS = 800
const MOST_CACHED = 1000
const ISSUER = 'brainall'

const claimsSchema = z.object({ sid: z.uuid().transform((id) => id as SessionId) })

export interface OpenedSession {
  readonly token: string
  readonly expiresAt: Date
}

export interface LiveSessions {
  open(adminId: AdminId, userAgent: string | undefined, address: string): Promise<OpenedSession>
  /** undefined: the token is forged, expired or revoked. */
  find(token: string): Promise<LiveSession | undefined>
  revoke(adminId: AdminId, id: SessionId): Promise<boolean>
  /** After a change of the admin itself. */
  forgetAll(): Promise<void>
  /** What a form or script of ours sends along, so that no other site can. */
  formToken(id: SessionId): string
  formTokenFits(id: SessionId, given: unknown): boolean
  close(): void
}

export function createLiveSessions(store: SessionStore, signals: Signals, signingKey: Buffer): LiveSessions {
  const cache = new Map<SessionId, { readonly session: LiveSession; readonly until: number }>()
  const unsubscribe = signals.subscribe('sessions', () => cache.clear())

  const formToken = (id: SessionId) =>
    createHmac('sha256', signingKey).update(`form token ${id}`).digest('base64url')

  return {
    async open(adminId, userAgent, address) {
      const expiresAt = new Date(Date.now() + LIFETIME_MS)
      const sid = await store.open({ adminId, expiresAt, userAgent, address })
      const token = await new SignJWT({ sid })
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuer(ISSUER)
        .setAudience(ISSUER)
        .setSubject(adminId)
        .setIssuedAt()
        .setExpirationTime(expiresAt)
        .sign(signingKey)
      return { token, expiresAt }
    },

    async find(token) {
      const sid = await sessionIn(token, signingKey)
      if (sid === undefined) return undefined
      const askedAt = Date.now()
      const cached = cache.get(sid)
      if (cached !== undefined && cached.until > askedAt) return cached.session
      cache.delete(sid)
      const session = await store.find(sid)
      if (session === undefined) return undefined
      if (cache.size >= MOST_CACHED) cache.clear()
      cache.set(sid, { session, until: askedAt + CACHE_MS })
      return session
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
