import { expect } from 'vitest'
import type { DiscordEmulator } from '../../../src/simulator/discord/index.ts'
import * as support from '../../support/wire-check.ts'

/** Collects every request to the API; `verify` fails on one that Discord's description does not know. */
export function watchWire(emulator: DiscordEmulator): { verify(): void } {
  const wire = support.watchWire('discord', {
    onRequest: (listener) =>
      emulator.onRequest((request) => {
        if (request.path.startsWith('/api/')) listener(request)
      }),
  })
  return { verify: () => expect(wire.violations).toEqual([]) }
}
