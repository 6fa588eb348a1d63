import { createHash, randomBytes } from 'node:crypto'

/** For whoever holds the token; only the hash, enough for 256 random bits, is kept. */
export function freshSecret(): { readonly token: string; readonly hash: string } {
  const token = randomBytes(32).toString('base64url')
  return { token, hash: secretHash(token) }
}

export function secretHash(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
