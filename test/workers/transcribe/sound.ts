import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Bytes of a file that ffmpeg makes; `args` come before its name. */
export async function makeSound(ffmpeg: string, name: string, args: readonly string[]): Promise<Buffer> {
  return inDirectory(async (directory) => {
    const path = join(directory, name)
    await run(ffmpeg, ['-v', 'error', ...args, path])
    return readFile(path)
  })
}

/** Spoken words as WAV; undefined where espeak-ng is not installed. */
export async function speak(words: string): Promise<Buffer | undefined> {
  return inDirectory(async (directory) => {
    const path = join(directory, 'speech.wav')
    try {
      await run('espeak-ng', ['-w', path, words])
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw error
    }
    return readFile(path)
  })
}

async function inDirectory<Result>(work: (directory: string) => Promise<Result>): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'brainall-sound-'))
  try {
    return await work(directory)
  } finally {
    await rm(directory, { recursive: true })
  }
}

/** As a download arrives: in pieces. */
export async function* inPieces(bytes: Buffer, size = 4096): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
