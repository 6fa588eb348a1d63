import { type ChildProcess, spawn } from 'node:child_process'
import { HubError } from '../../src/model/errors.ts'
import { sentence } from '../../src/model/sentence.ts'
import type { Logger } from '../../src/ports/logger.ts'
import { type ReaderCage, readerCages } from './cage.ts'
import { READ_LIMITS, type Reading, type ReadLimits, readingSchema } from './reading.ts'

export interface FileReader {
  /**
   * Reads one file in a process of its own. What is wrong with the file, or takes more time or memory than it may,
   * is a reading too. Rejects with the signal's reason or with `reader_unavailable` (never).
   */
  read(file: FileToRead, signal: AbortSignal): Promise<Reading>
  close(): Promise<void>
}

export interface FileToRead {
  readonly name: string
  readonly mimeType?: string
  readonly data: Buffer
}

const TIME_LIMIT_MS = 60_000
const MAX_ANSWER_BYTES = 48 * 1024 * 1024
const MAX_STDERR = 2_048

export function createFileReader(options: {
  readonly concurrency: number
  readonly log: Logger
  readonly limits?: Partial<ReadLimits>
  readonly timeLimitMs?: number
}): FileReader {
  const { log, timeLimitMs = TIME_LIMIT_MS } = options
  const limits = { ...READ_LIMITS, ...options.limits }
  const closing = new AbortController()
  let cage: Promise<ReaderCage> | undefined
  const places = createPlaces(options.concurrency)

  const run = async (within: ReaderCage, file: FileToRead, signal: AbortSignal): Promise<Reading> => {
    const head = { name: file.name, mimeType: file.mimeType, size: file.data.length, limits }
    const outcome = await runChild(
      within,
      [Buffer.from(`${JSON.stringify(head)}\n`), file.data],
      timeLimitMs,
      signal,
    )
    if (outcome.answer !== undefined) {
      const reading = readingSchema.safeParse(outcome.answer)
      if (reading.success) return reading.data
    }
    log.warn({ why: outcome.why, stderr: outcome.stderr }, 'a reader of files ended without a result')
    return { outcome: 'fault', fault: 'file_too_large', detail: outcome.why }
  }

  const firstThatWorks = async (): Promise<ReaderCage> => {
    for (const candidate of readerCages()) {
      const probe = { name: 'probe.txt', data: Buffer.from('probe') }
      const result = await run(candidate, probe, closing.signal).catch(() => undefined)
      if (result?.outcome === 'read') {
        log.info({ containment: candidate.description }, 'files are read in a process of their own')
        return candidate
      }
    }
    throw new HubError('reader_unavailable', 'no process that reads files can be started here', {
      sentence: sentence('file.no_reader'),
    })
  }

  return {
    async read(file, outer) {
      const signal = AbortSignal.any([outer, closing.signal])
      const leave = await places.enter(signal)
      try {
        cage ??= firstThatWorks()
        const within = await cage.catch((error: unknown) => {
          cage = undefined
          throw error
        })
        return await run(within, file, signal)
      } finally {
        leave()
      }
    },
    async close() {
      closing.abort(new HubError('reader_closed', 'the hub is ending', { retry: { kind: 'later' } }))
      await places.empty()
    },
  }
}

interface Outcome {
  readonly answer: unknown
  readonly why: string
  readonly stderr: string
}

async function runChild(
  cage: ReaderCage,
  input: readonly Buffer[],
  timeLimitMs: number,
  signal: AbortSignal,
): Promise<Outcome> {
  signal.throwIfAborted()
  const [command = '', ...args] = cage.command
  const child = spawn(command, args, { env: {}, cwd: '/', detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
  let why = 'ended without an answer'
  let size = 0
  let stderr = ''
  const chunks: Buffer[] = []
  const end = (reason: string): void => {
    why = reason
    killGroup(child)
  }
  child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > MAX_ANSWER_BYTES) end('said more than it may')
    else chunks.push(chunk)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (stderr.length < MAX_STDERR) stderr += text.slice(0, MAX_STDERR)
  })
  // A child that dies early breaks the pipe; its end tells more.
  child.stdin.on('error', (error) => {
    stderr += error.message
  })
  const timer = setTimeout(() => end(`took longer than ${timeLimitMs} ms`), timeLimitMs)
  const onAbort = (): void => end('interrupted')
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    for (const piece of input) child.stdin.write(piece)
    child.stdin.end()
    const code = await new Promise<number | null>((resolve) => {
      child.on('error', (error) => {
        stderr += error.message
        resolve(null)
      })
      child.on('close', (exit) => resolve(exit))
    })
    signal.throwIfAborted()
    if (code !== 0) return { answer: undefined, why: code === null ? why : `${why} (${code})`, stderr }
    return { answer: parsed(Buffer.concat(chunks)), why, stderr }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    killGroup(child)
  }
}

function parsed(answer: Buffer): unknown {
  try {
    return JSON.parse(answer.toString('utf8'))
  } catch {
    return undefined
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    child.kill('SIGKILL')
  }
}

/** At most so many at once; whoever waits may give up. */
function createPlaces(count: number) {
  let free = count
  const waiting: (() => void)[] = []
  const idle: (() => void)[] = []
  const leave = (): void => {
    const next = waiting.shift()
    if (next) {
      next()
      return
    }
    free += 1
    if (free === count) for (const done of idle.splice(0)) done()
  }
  return {
    async enter(signal: AbortSignal): Promise<() => void> {
      signal.throwIfAborted()
      if (free > 0) free -= 1
      else
        await new Promise<void>((resolve, reject) => {
          const onAbort = (): void => {
            waiting.splice(waiting.indexOf(go), 1)
            reject(signal.reason)
          }
          const go = (): void => {
            signal.removeEventListener('abort', onAbort)
            resolve()
          }
          waiting.push(go)
          signal.addEventListener('abort', onAbort, { once: true })
        })
      return leave
    },
    async empty(): Promise<void> {
      if (free < count) await new Promise<void>((resolve) => idle.push(resolve))
    },
  }
}
