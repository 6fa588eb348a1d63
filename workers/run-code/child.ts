import { constants } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { HubError } from '../../src/model/errors.ts'
import { type Answer, createAnswerReader } from './answers.ts'
import type { Cage } from './containment.ts'
import { type Launch, spawnInCage } from './in-cage.ts'
import { READY_TIMEOUT_MS } from './limits.ts'
import { innermostProcess } from './process-usage.ts'

export interface ChildEnd {
  readonly signal: NodeJS.Signals | undefined
  /** The start of what the process itself said on stderr; for the log and the verdict only. */
  readonly stderr: string
}

/** A process that runs one program and is never used again. */
export interface Child {
  /** Resolves with the process id of Node itself. Rejects with `run_unavailable` when the child dies or hangs. */
  readonly ready: Promise<number>
  /** Resolves when the child and everything it started are gone. */
  readonly ended: Promise<ChildEnd>
  /** From now on, answers after `ready` go here; undefined once for a child that broke the protocol. */
  listen(listener: (answer: Answer | undefined) => void): void
  send(job: object): void
  /** With all its descendants. */
  kill(): void
}

const MAX_STDERR = 4_096
/** Longer than any SIGKILL takes, unless the kernel holds the process in a call. */
const END_TIMEOUT_MS = 5_000

export function startChild(cage: Cage, launch: Launch): Child {
  let stderr = ''
  const note = (text: string): void => {
    if (stderr.length < MAX_STDERR) stderr += text.slice(0, MAX_STDERR)
  }
  const { process: process_, jobs, answers, stderr: errors, kill } = spawnInCage(cage, launch, note)
  errors?.setEncoding('utf8').on('data', note)

  const listeners = Promise.withResolvers<void>()
  let listener: ((answer: Answer | undefined) => void) | undefined
  let isBroken = false
  const reader = createAnswerReader()
  answers?.on('data', (chunk: Buffer) => {
    if (isBroken) return
    const read = reader.read(chunk)
    isBroken = read === undefined
    if (read === undefined) listener?.(undefined)
    for (const answer of read ?? []) {
      if (answer.type === 'ready') listeners.resolve()
      else listener?.(answer)
    }
  })

  const ended = new Promise<ChildEnd>((resolve) => {
    let code: number | null = null
    let signal: NodeJS.Signals | null = null
    const end = (): void => resolve({ signal: signal ?? signalOfCode(code), stderr })
    process_.on('error', (error) => {
      note(error.message)
      // Nothing was spawned, so nothing will close.
      if (process_.pid === undefined) end()
    })
    process_.on('exit', (exitCode, exitSignal) => {
      code = exitCode
      signal = exitSignal
      void delay(END_TIMEOUT_MS, undefined, { ref: false }).then(end)
    })
    process_.on('close', end)
  })

  async function becomeReady(): Promise<number> {
    const timer = new AbortController()
    const outcome = await Promise.race([
      listeners.promise.then(() => 'ready'),
      ended.then(() => 'ended'),
      delay(READY_TIMEOUT_MS, 'late', { signal: timer.signal }),
    ])
    timer.abort()
    if (outcome === 'ready' && process_.pid !== undefined) return innermostProcess(process_.pid)
    kill()
    const { stderr: said } = await ended
    const what = outcome === 'late' ? 'was not ready in time' : 'ended before it was ready'
    throw new HubError(
      'run_unavailable',
      `A process for code ${what}: ${said.replaceAll(/\s+/g, ' ').trim().slice(0, 300)}`,
      {
        retry: { kind: 'later' },
      },
    )
  }

  const ready = becomeReady()
  // Awaited by whoever takes the child; a spare one that fails is found out then.
  ready.catch((error: unknown) => note(String(error)))

  return {
    ready,
    ended,
    kill,
    listen(next) {
      listener = next
    },
    // The pipe stays open: its end tells the child that the hub is gone.
    send: (job) => void jobs.write(`${JSON.stringify(job)}\n`),
  }
}

/** Launchers report a child's death by signal as 128 plus its number. */
function signalOfCode(code: number | null): NodeJS.Signals | undefined {
  if (code === null || code <= 128) return undefined
  for (const [name, number] of Object.entries(constants.signals))
    if (number === code - 128 && isSignal(name)) return name
  return undefined
}

function isSignal(name: string): name is NodeJS.Signals {
  return name in constants.signals
}
