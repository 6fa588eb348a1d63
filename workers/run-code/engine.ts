import { type FileHandle, open } from 'node:fs/promises'
import type { RunLanguage } from '../../src/model/command.ts'
import type { Cage, ProcessNeeds } from './containment.ts'

/** What runs one language or several: a guest inside the isolate and the files it needs there. A folder each. */
export interface Engine {
  readonly name: string
  readonly languages: readonly [RunLanguage, ...RunLanguage[]]
  readonly guest: GuestSource
  readonly process: ProcessNeeds
  /**
   * Files whose bytes the guest is opened with, in this order, open for reading and the caller's to close. They
   * reach the process as descriptors, so that it needs no readable path.
   */
  openAssets(place: EnginePlace): Promise<readonly FileHandle[]>
}

/** A module whose `open` is an OpenGuest, and what goes into one text with it. */
export interface GuestSource {
  readonly entry: string
  /** Packages whose texts go in; other names in them stand in comments or in code they generate. */
  readonly packages: readonly string[]
  /** Files that stand in for packages. */
  readonly replaced?: Readonly<Record<string, string>>
  /** Texts of packages made fit for an isolate. Throws where the text is not the one it knows. */
  readonly rewritten?: Readonly<Record<string, (text: string) => string>>
}

/** Where an engine prepares files. */
export interface EnginePlace {
  readonly cage: Cage
  /** Keeps files between starts; undefined: they last as long as they are open. */
  readonly cacheDir: string | undefined
  /** The runner closes. */
  readonly signal: AbortSignal
}

/** All or none: where one cannot be opened, the others are closed. */
export async function openFiles(paths: readonly string[]): Promise<FileHandle[]> {
  const opened = await Promise.allSettled(paths.map((path) => open(path, 'r')))
  const handles = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const failed = opened.find((one) => one.status === 'rejected')
  if (failed === undefined) return handles
  await Promise.all(handles.map((handle) => handle.close()))
  throw failed.reason
}
