import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { HubError } from '../../../../src/model/errors.ts'
import { childProgram } from '../../child-program.ts'
import type { Engine, EnginePlace } from '../../engine.ts'
import { spawnInCage } from '../../in-cage.ts'
import { IMAGE_TIMEOUT_MS, MAX_IMAGE_BYTES, RUN_LIMITS } from '../../limits.ts'

/**
 * The memory of an interpreter that has just started, with the everyday modules loaded: from it a process is
 * ready in a tenth of the time. Kept under a name that tells what it was made from and what it must hold.
 */
export async function openStartImage(
  engine: Engine,
  files: readonly FileHandle[],
  { cage, cacheDir, signal }: EnginePlace,
): Promise<FileHandle> {
  const { cpuMs, heapMb, residentBytes, maxOutputBytes } = RUN_LIMITS.python
  const options = { cpuMs, heapMb, residentBytes, maxOutputBytes, assetCount: files.length }
  const capture = (addonPath: string): string =>
    childProgram('capture', engine.guest, { ...options, addonPath })
  const make = async (): Promise<Buffer> => {
    const launch = {
      program: capture(cage.addonPath),
      needs: engine.process,
      assets: files.map(({ fd }) => fd),
    }
    return await received(
      spawnInCage(cage, launch, () => undefined),
      signal,
    )
  }
  if (cacheDir === undefined) {
    const folder = await mkdtemp(join(tmpdir(), 'run-code-'))
    try {
      const path = join(folder, 'image')
      await store(path, await make())
      // What is open stays readable.
      return await open(path, 'r')
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
  const key = digestOf(`${process.version} ${process.arch} ${capture('')}`).slice(0, 16)
  return (await openKept(cacheDir, key)) ?? (await keep(cacheDir, key, await make()))
}

const NAME = /^python-([0-9a-f]{16})-([0-9a-f]{64})\.image$/

async function openKept(folder: string, key: string): Promise<FileHandle | undefined> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const name of await readdir(folder)) {
    const [, madeFrom, digest] = NAME.exec(name) ?? []
    if (madeFrom === undefined) continue
    const path = join(folder, name)
    if (madeFrom === key && (await digestOfFile(path)) === digest) return await open(path, 'r')
  }
  return undefined
}

/** Images made from anything else, or damaged, are of no use to anybody. */
async function keep(folder: string, key: string, image: Buffer): Promise<FileHandle> {
  const path = join(folder, `python-${key}-${digestOf(image)}.image`)
  const draft = join(folder, `${randomUUID()}.draft`)
  try {
    await store(draft, image)
    await rename(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
  const handle = await open(path, 'r')
  for (const name of await readdir(folder))
    if (NAME.test(name) && join(folder, name) !== path) await rm(join(folder, name), { force: true })
  return handle
}

async function store(path: string, image: Buffer): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(image)
    await file.sync()
  } finally {
    await file.close()
  }
}

function digestOf(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

async function digestOfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1_048_576 })) hash.update(chunk)
  return hash.digest('hex')
}

/** Rejects with `run_unavailable` when the image does not come whole and in time. */
async function received(caged: ReturnType<typeof spawnInCage>, signal: AbortSignal): Promise<Buffer> {
  const { answers, stderr, kill } = caged
  const chunks: Buffer[] = []
  let size = 0
  let said = ''
  stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (said.length < 1_000) said += text
  })
  const whole = new Promise<boolean>((resolve) => {
    answers?.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.length
      const wanted = lengthIn(chunks)
      if (size > MAX_IMAGE_BYTES || (wanted !== undefined && size >= wanted + 4)) resolve(true)
    })
    caged.process.once('error', () => resolve(false))
    caged.process.once('close', () => resolve(false))
  })
  const timer = new AbortController()
  const limit = AbortSignal.any([signal, timer.signal])
  try {
    await Promise.race([whole, delay(IMAGE_TIMEOUT_MS, false, { signal: limit })])
  } finally {
    timer.abort()
    kill()
  }
  const image = Buffer.concat(chunks)
  if (image.length < 4 || image.length !== image.readUInt32LE() + 4)
    throw new HubError(
      'run_unavailable',
      `Python's start image could not be made: ${said.replaceAll(/\s+/g, ' ').slice(0, 300)}`,
      { retry: { kind: 'later' } },
    )
  return image.subarray(4)
}

function lengthIn(chunks: readonly Buffer[]): number | undefined {
  const [first] = chunks
  return first === undefined || first.length < 4 ? undefined : first.readUInt32LE()
}
