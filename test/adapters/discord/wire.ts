import { existsSync } from 'node:fs'
import { expect } from 'vitest'
import type { DiscordEmulator } from '../../../src/simulator/discord/index.ts'
import type { WireRequest } from '../../../src/simulator/faults.ts'

interface Checker {
  readonly checkDiscord: (request: WireRequest) => readonly unknown[]
  readonly splitAllowed: (violations: readonly unknown[]) => { readonly refused: readonly unknown[] }
}

/** A checker of requests against Discord's published description, where one lies beside the project. */
const LIBRARY = new URL('../../../../shared/wire-check/lib/', import.meta.url)
const checker = await load()

async function load(): Promise<Checker | undefined> {
  const library = LIBRARY
  if (!existsSync(library)) return undefined
  try {
    const [{ checkDiscord }, { splitAllowed }] = await Promise.all([
      import(new URL('discord.mjs', library).href),
      import(new URL('allow.mjs', library).href),
    ])
    return { checkDiscord, splitAllowed }
  } catch {
    console.info('requests to Discord are not checked against its description: the checker lacks packages')
    return undefined
  }
}

/** Collects every request; `verify` fails on one that Discord's description does not know. */
export function watchWire(emulator: DiscordEmulator): { verify(): void } {
  const requests: WireRequest[] = []
  emulator.onRequest((request) => {
    if (request.path.startsWith('/api')) requests.push(request)
  })
  return {
    verify() {
      if (!checker) return
      expect(checker.splitAllowed(requests.flatMap(checker.checkDiscord)).refused).toEqual([])
    },
  }
}
