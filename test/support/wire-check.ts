import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { WireRequest } from '../../src/simulator/faults.ts'

interface Violation {
  readonly operation: string
  readonly code: string
  readonly at: string
  readonly message: string
}

interface Checker {
  readonly checkSlack: (request: WireRequest) => Violation[]
  readonly checkDiscord: (request: WireRequest) => Violation[]
  readonly checkTelegram: (request: WireRequest) => Violation[]
  readonly checkMatrix: (request: WireRequest) => Violation[]
  readonly splitAllowed: (violations: Violation[]) => { refused: Violation[] }
}

const SHARED = fileURLToPath(new URL('../../../shared/', import.meta.url))
const COPY = fileURLToPath(new URL('../../node_modules/.cache/wire-check/', import.meta.url))

/** The published descriptions' checker, where the folder is there; copied so that it finds its packages among ours. */
export const wireChecker = await loadChecker()

async function loadChecker(): Promise<Checker | undefined> {
  if (!existsSync(`${SHARED}wire-check/index.mjs`)) return undefined
  if (!existsSync(`${COPY}wire-check/index.mjs`)) {
    mkdirSync(COPY, { recursive: true })
    for (const folder of ['specs', 'wire-check'])
      cpSync(`${SHARED}${folder}`, `${COPY}${folder}`, { recursive: true, force: true })
  }
  return (await import(pathToFileURL(`${COPY}wire-check/index.mjs`).href)) as Checker
}

const CHECKS = {
  slack: 'checkSlack',
  discord: 'checkDiscord',
  telegram: 'checkTelegram',
  matrix: 'checkMatrix',
} as const

/** Collects what an emulator's requests break; empty where the checker is not there. */
export function watchWire(
  platform: keyof typeof CHECKS,
  emulator: { onRequest(listener: (request: WireRequest) => void): () => void },
): { readonly violations: readonly string[]; readonly requests: number } {
  const violations: string[] = []
  let requests = 0
  emulator.onRequest((request) => {
    requests += 1
    // Discord's file host is no part of the API it describes.
    if (!wireChecker || (platform === 'discord' && request.path.startsWith('/attachments/'))) return
    for (const one of wireChecker.splitAllowed(wireChecker[CHECKS[platform]](request)).refused) {
      violations.push(`${one.operation} ${one.code} ${one.at}: ${one.message}`)
    }
  })
  return {
    violations,
    get requests() {
      return requests
    },
  }
}
