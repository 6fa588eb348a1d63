import type { FileHandle } from 'node:fs/promises'
import { childProgram } from './child-program.ts'
import type { Cage } from './containment.ts'
import type { Engine } from './engine.ts'
import type { Launch } from './in-cage.ts'
import type { RunLimits } from './limits.ts'

/** What the processes of an engine start from, made when first asked for. */
export interface Launches {
  /** A failure is forgotten, so that the next call tries again. */
  of(engine: Engine): Promise<Launch>
  /** Children that run keep descriptors of their own. */
  close(): Promise<void>
}

export function createLaunches(
  cage: Cage,
  limitsOf: (engine: Engine) => RunLimits,
  cacheDir: string | undefined,
): Launches {
  const made = new Map<Engine, Promise<Launch>>()
  const files: FileHandle[] = []
  const closing = new AbortController()

  async function make(engine: Engine): Promise<Launch> {
    const assets = await engine.openAssets({ cage, cacheDir, signal: closing.signal })
    files.push(...assets)
    const { cpuMs, heapMb, residentBytes, maxOutputBytes } = limitsOf(engine)
    const options = { addonPath: cage.addonPath, cpuMs, heapMb, residentBytes, maxOutputBytes }
    return {
      program: childProgram('serve', engine.guest, { ...options, assetCount: assets.length }),
      needs: engine.process,
      assets: assets.map(({ fd }) => fd),
    }
  }

  return {
    of(engine) {
      const known = made.get(engine)
      if (known !== undefined) return known
      const launch = make(engine)
      made.set(engine, launch)
      launch.catch(() => made.delete(engine))
      return launch
    },
    async close() {
      closing.abort()
      await Promise.allSettled(made.values())
      await Promise.all(files.splice(0).map((file) => file.close()))
    },
  }
}
