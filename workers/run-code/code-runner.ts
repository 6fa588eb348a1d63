import { randomUUID } from 'node:crypto'
import { HubError } from '../../src/model/errors.ts'
import type { CodeRunner, Containment, RunRequest } from '../../src/ports/code-runner.ts'
import type { Logger } from '../../src/ports/logger.ts'
import { startChild } from './child.ts'
import { childProgram, findIsolateAddon, readChildSources } from './child-program.ts'
import { type Cage, cagesOf } from './containment.ts'
import { MAX_TEXT_BYTES, MAX_WAITING_RUNS, RUN_LIMITS, type RunLimits } from './limits.ts'
import { runInChild } from './single-run.ts'
import { createSpareChildren } from './spare-children.ts'
import { createWaitingLine } from './waiting-line.ts'

/** The weakest containment allowed; auto allows no plain process. */
export type Sandbox = 'auto' | Containment

export interface CodeRunnerOptions {
  readonly sandbox: Sandbox
  /** Programs that run at the same time. */
  readonly concurrency: number
  readonly log: Logger
  readonly limits?: Partial<RunLimits>
}

/** A cage that has run a program here, and the text its children start from. */
export interface TriedCage {
  readonly cage: Cage
  readonly program: string
}

const LADDER: readonly Containment[] = ['strong', 'namespaces', 'none']
const SPARES = 2

/**
 * Takes the strongest containment that works here. Rejects with `run_unavailable` when none of the allowed
 * ones does, or isolated-vm is missing or too old. Runs with texts over 64 KiB reject with `run_too_large`.
 */
export async function openCodeRunner(options: CodeRunnerOptions): Promise<CodeRunner> {
  const limits = { ...RUN_LIMITS, ...options.limits }
  const weakest = LADDER.indexOf(options.sandbox === 'auto' ? 'namespaces' : options.sandbox)
  const tried = await findCage(LADDER.slice(0, weakest + 1), limits, options.log)
  const { containment, description } = tried.cage
  if (containment === 'none')
    options.log.warn({ containment, description }, 'Strangers’ code runs without containment by the system')
  else options.log.info({ containment, description }, 'Code runs contained')
  return createCodeRunner(tried, options.concurrency, limits)
}

/** The first cage of the given rungs in which a program gives its right answer. */
export async function findCage(
  rungs: readonly Containment[],
  limits: RunLimits,
  log: Logger,
): Promise<TriedCage> {
  const addonPath = findIsolateAddon()
  const sources = readChildSources()
  const marker = `run-code-${randomUUID()}`
  const failures: string[] = []
  for (const rung of rungs) {
    const cages = cagesOf(rung, addonPath, marker)
    if (cages.length === 0) failures.push(`${rung}: its tools are not installed`)
    for (const cage of cages) {
      const tried = { cage, program: childProgram(sources, cage.addonPath, limits) }
      const failure = await tryOut(tried, limits)
      if (failure === undefined) return tried
      failures.push(`${cage.description}: ${failure}`)
      log.info(
        { containment: rung, description: cage.description, failure },
        'A containment does not work here',
      )
    }
  }
  throw new HubError('run_unavailable', `No allowed containment works here (${failures.join('; ')})`)
}

export function createCodeRunner(tried: TriedCage, concurrency: number, limits: RunLimits): CodeRunner {
  const line = createWaitingLine(Math.max(1, concurrency), MAX_WAITING_RUNS)
  const children = createSpareChildren(Math.min(SPARES, Math.max(1, concurrency)), () =>
    startChild(tried.cage, tried.program),
  )
  const closing = new AbortController()
  return {
    containment: tried.cage.containment,
    async run(request, signal) {
      refuseLarge(request)
      const leave = await line.enter(signal)
      try {
        const child = await children.take()
        return await runInChild(child, request, limits, AbortSignal.any([signal, closing.signal]))
      } finally {
        leave()
      }
    },
    async close() {
      line.close()
      const reason = 'The code runner is closing'
      closing.abort(new HubError('run_unavailable', reason, { retry: { kind: 'later' } }))
      await children.close()
    },
  }
}

/** What went wrong; undefined when all is well. */
async function tryOut(tried: TriedCage, limits: RunLimits): Promise<string | undefined> {
  const child = startChild(tried.cage, tried.program)
  try {
    await child.ready
    const request: RunRequest = { language: 'typescript', source: 'enum Answer { Right = 42 }\nAnswer.Right' }
    const result = await runInChild(child, request, limits, new AbortController().signal)
    return result.value === '42' ? undefined : `a trial ended with ${result.reason}`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    child.kill()
  }
}

function refuseLarge({ source, stdin = '', args = [] }: RunRequest): void {
  for (const text of [source, stdin, args.join('\0')])
    if (Buffer.byteLength(text) > MAX_TEXT_BYTES)
      throw new HubError('run_too_large', `A text of a run is longer than ${MAX_TEXT_BYTES} bytes`)
}
