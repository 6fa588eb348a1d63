import { hash, verify } from '@node-rs/argon2'
import { z } from 'zod'
import { WebFault } from '../fault.ts'

/** Each takes 19 MiB and a thread of the pool that files and look-ups share. */
const MOST_AT_ONCE = 2
const MOST_WAITING = 40

export const passwordSchema = z.string().min(12).max(200)
export const emailSchema = z.string().trim().toLowerCase().max(200).pipe(z.email())

export interface Passwords {
  hash(password: string): Promise<string>
  /** Takes as long for an unknown account, whose hash is undefined. */
  matches(hash: string | undefined, password: string): Promise<boolean>
}

/** Argon2id with the library's parameters (19 MiB, 2 passes). Rejects with `busy` beyond its bound. */
export function createPasswords(): Passwords {
  const waiting: (() => void)[] = []
  let running = 0
  let nobodys: Promise<string> | undefined

  const bounded = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= MOST_AT_ONCE) {
      if (waiting.length >= MOST_WAITING) throw new WebFault('busy')
      await new Promise<void>((go) => waiting.push(go))
    } else {
      running += 1
    }
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }

  return {
    hash: (password) => bounded(() => hash(password)),
    matches: (known, password) =>
      bounded(async () => {
        nobodys ??= hash('the password of nobody')
        const matched = await verify(known ?? (await nobodys), password)
        return matched && known !== undefined
      }),
  }
}
