import { constants } from 'node:fs'
import { type FileHandle, lstat, open, rm } from 'node:fs/promises'
import { HubError } from '../../model/errors.ts'
import { errorCode, isMissing } from './filesystem.ts'
import { runCommand } from './run-command.ts'

/**
 * A named pipe whose writers keep the server alive. The supervisor reads it; the kernel counts the writers,
 * so that the last one to leave, cleanly or killed, stops the server, and nobody's bookkeeping can be stale.
 */
export async function prepareLifeline(path: string, signal: AbortSignal): Promise<void> {
  if (await isPipe(path)) return
  await rm(path, { force: true })
  const result = await runCommand(['mkfifo', '-m', '600', path], { timeoutMs: 5_000, signal })
  if (result.code !== 0 && !(await isPipe(path)))
    throw new HubError(
      'database_directory_unfit',
      `A named pipe could not be made at ${path}, which the embedded database needs: ${result.output.trim()}. ` +
        'Set DATA_DIR to a local disk, or set DATABASE_URL.',
    )
}

/** Undefined when no supervisor reads the pipe, so that no server is kept by it. */
export async function holdLifeline(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch (error) {
    if (errorCode(error) === 'ENXIO' || isMissing(error)) return undefined
    throw error
  }
}

/** Both ends, for a new supervisor. The reading end blocks, as a shell's `read` expects. */
export async function makeLifeline(path: string): Promise<{ reading: FileHandle; writing: FileHandle }> {
  const door = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const writing = await open(path, constants.O_WRONLY | constants.O_NONBLOCK)
    return { writing, reading: await open(path, constants.O_RDONLY) }
  } finally {
    await door.close()
  }
}

/** False when the supervisor left between our opening the pipe and now. */
export async function isHeld(lifeline: FileHandle): Promise<boolean> {
  try {
    await lifeline.write('\n')
    return true
  } catch (error) {
    if (errorCode(error) === 'EPIPE') return false
    throw error
  }
}

async function isPipe(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isFIFO()
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}
