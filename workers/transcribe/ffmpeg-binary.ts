import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access, chmod } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const LIMIT_MS = 10_000

/**
 * The absolute path of an ffmpeg that runs: the one given (and then no other), else the one in PATH, else the
 * optional package's. Undefined where there is none.
 */
export async function findFfmpeg(ffmpegPath?: string): Promise<string | undefined> {
  if (ffmpegPath !== undefined) {
    const path = isAbsolute(ffmpegPath) ? ffmpegPath : await inPath(ffmpegPath)
    return path !== undefined && (await answers(path)) ? path : undefined
  }
  const installed = await inPath('ffmpeg')
  if (installed !== undefined && (await answers(installed))) return installed
  const packaged = await fromPackage()
  return packaged !== undefined && (await answers(packaged)) ? packaged : undefined
}

async function inPath(name: string): Promise<string | undefined> {
  const found = await run('/bin/sh', ['-c', 'command -v -- "$0"', name], { timeout: LIMIT_MS }).catch(
    () => undefined,
  )
  const path = found?.stdout.trim() ?? ''
  return isAbsolute(path) ? path : undefined
}

async function fromPackage(): Promise<string | undefined> {
  // The package is optional, and throws on platforms that it has no binary for.
  const installer = await import('@ffmpeg-installer/ffmpeg').catch(() => undefined)
  const path = installer?.default.path
  if (path === undefined) return undefined
  const executable = await access(path, constants.X_OK).then(
    () => true,
    // Its install script, which sets the execute bit, may have been held back.
    () =>
      chmod(path, 0o755).then(
        () => true,
        () => false,
      ),
  )
  return executable ? path : undefined
}

function answers(path: string): Promise<boolean> {
  const options = { timeout: LIMIT_MS, killSignal: 'SIGKILL', env: { PATH: '/usr/bin:/bin' } } as const
  return run(path, ['-version'], options).then(
    ({ stdout }) => stdout.startsWith('ffmpeg version'),
    () => false,
  )
}
