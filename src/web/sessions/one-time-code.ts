import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

const STEP_MS = 30_000
const DIGITS = 6
/** Clocks that differ by one step are forgiven, in both directions. */
const LEEWAY = [0, -1, 1] as const
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const RECOVERY_CODES = 10

export function newSecret(): Buffer {
  return randomBytes(20)
}

/** The time step whose code this is; undefined: none near `now` (RFC 6238 with SHA-1, 30 s, 6 digits). */
export function stepOf(secret: Buffer, code: string, now: number): number | undefined {
  const given = Buffer.from(code)
  const current = Math.floor(now / STEP_MS)
  return LEEWAY.map((offset) => current + offset).find((step) => {
    const expected = Buffer.from(codeAt(secret, step))
    return given.length === expected.length && timingSafeEqual(given, expected)
  })
}

function codeAt(secret: Buffer, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const digest = createHmac('sha1', secret).update(counter).digest()
  const offset = digest.readUInt8(digest.length - 1) & 0xf
  const number = digest.readUInt32BE(offset) & 0x7fff_ffff
  return String(number % 10 ** DIGITS).padStart(DIGITS, '0')
}

/** As authenticators take it by hand. */
export function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{1,5}/g) ?? [])
    .map((five) => ALPHABET[Number.parseInt(five.padEnd(5, '0'), 2)])
    .join('')
}

/** What the picture says: https://github.com/google/google-authenticator/wiki/Key-Uri-Format */
export function authenticatorAddress(secret: Buffer, account: string): string {
  const query = new URLSearchParams({ secret: base32(secret), issuer: 'BrainAll' })
  return `otpauth://totp/BrainAll:${encodeURIComponent(account)}?${query.toString()}`
}

/** 80 bits each, so that a plain digest keeps them. */
export function newRecoveryCodes(): readonly string[] {
  return Array.from({ length: RECOVERY_CODES }, () =>
    base32(randomBytes(10))
      .toLowerCase()
      .replace(/(.{4})(?=.)/g, '$1-'),
  )
}

/** However it was typed. */
export function recoveryCodeHash(code: string): string {
  const letters = code.toLowerCase().replace(/[^a-z2-7]/g, '')
  return createHash('sha256').update(`recovery ${letters}`).digest('hex')
}
