import { createHash, randomBytes } from 'node:crypto'

/** The same input gives the same id, so that a restarted simulator shows the same workspaces. */
export function stableId(prefix: string, ...parts: readonly string[]): string {
  const digest = createHash('sha256').update(parts.join('\0')).digest()
  return `${prefix}0${base36(digest, 9)}`
}

/** Never repeats, also across restarts: a hub keeps the event ids that it has seen. */
export function freshId(prefix: string): string {
  return `${prefix}0${base36(randomBytes(16), 9)}`
}

export function stableHex(length: number, ...parts: readonly string[]): string {
  return createHash('sha512').update(parts.join('\0')).digest('hex').slice(0, length)
}

export function stableDigits(length: number, ...parts: readonly string[]): string {
  const digest = createHash('sha256').update(parts.join('\0')).digest('hex')
  return BigInt(`0x${digest}`).toString().slice(0, length)
}

function base36(bytes: Buffer, length: number): string {
  return BigInt(`0x${bytes.toString('hex')}`)
    .toString(36)
    .toUpperCase()
    .slice(-length)
    .padStart(length, '0')
}
