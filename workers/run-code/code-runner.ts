import { randomUUID } from 'node:crypto'
import { HubError } from '../../src/model/errors.ts'
import { sentence } from '../../src/model/sentence.ts'
import type { CodeRunner, Containment, RunRequest } from '../../src/ports/code-runner.ts'
import type { Logger } from '../../src/ports/logger.ts'
import { startChild } from './child.ts'
import { findIsolateAddon } from './child-program.ts'
import { type Cage, cagesOf } from './containment.ts'
import type { Engine } from './engine.ts'
import { ENGINE_OF } from './engines/all.ts'
import { createLaunches, type Launches } from './launches.ts'
import { MAX_TEXT_BYTES, MAX_WAITING_RUNS, RUN_LIMITS, type RunLimits, runAllowance } from './limits.ts'
import { runInChild } from './single-run.ts'
import { createSpareChildren, type SpareChildren } from './spare-children.ts'
import { createWaitingLine, type Room } from './waiting-line.ts'

/** The weakest containment allowed; auto allows no plain process. */
export type Sandbox = 'auto' | Containment

export interface CodeRunnerOptions {
  readonly sandbox: Sandbox
  /** Programs that run at the same time. */
  readonly concurrency: number
  readonly log: Logger
  /** Instead of each language's own. */
  readonly limits?: Partial<RunLimits>
  /** Keeps what costs seconds to make (Python's start image); absent: made again by each runner that needs it. */
  readonly cacheDir?: string
}

const LADDER: readonly Containment[] = ['strong', 'namespaces', 'none']
/** JavaScript's processes are small and the most wanted: two are ready from the start. */
const SPARES = { first: 2, others: 1 } as const
const SPARE_IDLE_MS = 10 * 60_000

/**
 * Takes the strongest containment that works here. Rejects with `run_unavailable` when none of the allowed
 * ones does, or isolated-vm is missing or too old. Runs with texts over 64 KiB reject with `run_too_large`.
 */
export async function openCodeRunner(options: CodeRunnerOptions): Promise<CodeRunner> {
  const cage = await findCage(rungsFor(options.sandbox), options.log)
  const { containment, description } = cage
  if (containment === 'none')
    options.log.warn({ containment, description }, 'Strangers’ code runs without containment by the system')
  else options.log.info({ containment, description }, 'Code runs contained')
  const launches = launchesOf(cage, options)
  // In the background, so that the first program in Python waits no longer than the next ones.
  if (options.cacheDir !== undefined)
    launches.of(ENGINE_OF.python).catch((error: unknown) => {
      options.log.warn({ err: error }, 'Python is not ready; the next program in it tries again')
    })
  return createCodeRunner(cage, options, launches)
}

/** The rungs allowed, strongest first. */
export function rungsFor(sandbox: Sandbox): readonly Containment[] {
  return LADDER.slice(0, LADDER.indexOf(sandbox === 'auto' ? 'namespaces' : sandbox) + 1)
}

/** The first cage of the given rungs in which a program gives its right answer. */
export async function findCage(rungs: readonly Containment[], log: Logger): Promise<Cage> {
  const addonPath = findIsolateAddon()
  const marker = `run-code-${randomUUID()}`
  const failures: string[] = []
  for (const rung of rungs) {
    const cages = cagesOf(rung, addonPath, marker)
    if (cages.length === 0) failures.push(`${rung}: its tools are not installed`)
    for (const cage of cages) {
      const failure = await tryOut(cage)
      if (failure === undefined) return cage
      failures.push(`${cage.description}: ${failure}`)
      log.info(
        { containment: rung, description: cage.description, failure },
        'A containment does not work here',
      )
    }
  }
  throw new HubError('run_unavailable', `No allowed containment works here (${failures.join('; ')})`)
}

/** `launches` take the place of the engines' own. */
export function createCodeRunner(
  cage: Cage,
  options: Pick<CodeRunnerOptions, 'concurrency' | 'limits' | 'cacheDir'>,
  launches: Launches = launchesOf(cage, options),
): CodeRunner {
  const concurrency = Math.max(1, options.concurrency)
  const line = createWaitingLine(roomFor(concurrency))
  const answersLine = createWaitingLine(roomFor(concurrency))
  const closing = new AbortController()
  const children = new Map<Engine, SpareChildren>()

  function childrenOf(engine: Engine): SpareChildren {
    const known = children.get(engine)
    if (known !== undefined) return known
    const isFirst = engine === ENGINE_OF.javascript
    const added = createSpareChildren({
      size: Math.min(isFirst ? SPARES.first : SPARES.others, concurrency),
      isEager: isFirst,
      idleMs: isFirst ? undefined : SPARE_IDLE_MS,
      start: async () => startChild(cage, await launches.of(engine)),
    })
    children.set(engine, added)
    return added
  }
  childrenOf(ENGINE_OF.javascript)

  return {
    containment: cage.containment,
    allowance: (language) => runAllowance(language, options.limits),
    async run(request, signal, { asker, onWaiting, forAnswer = false } = {}) {
      refuseLarge(request)
      const limits = { ...RUN_LIMITS[request.language], ...options.limits }
      const leave = await (forAnswer ? answersLine : line).enter(signal, asker, onWaiting)
      try {
        const child = await childrenOf(ENGINE_OF[request.language]).take()
        return await runInChild(child, request, limits, AbortSignal.any([signal, closing.signal]))
      } finally {
        leave()
      }
    },
    async close() {
      line.close()
      answersLine.close()
      const reason = 'The code runner is closing'
      closing.abort(new HubError('run_unavailable', reason, { retry: { kind: 'later' } }))
      await Promise.all([...children.values()].map((spares) => spares.close()))
      await launches.close()
    },
  }
}

/** Nobody takes all places, as soon as there are several; no workspace does, as soon as there are four. */
export function roomFor(concurrency: number): Room {
  return {
    inAll: concurrency,
    perWorkspace: concurrency < 4 ? concurrency : concurrency - 1,
    perPerson: Math.max(1, Math.floor(concurrency / 2)),
    maxWaiting: MAX_WAITING_RUNS,
  }
}

function launchesOf(
  cage: Cage,
  { limits, cacheDir }: Pick<CodeRunnerOptions, 'limits' | 'cacheDir'>,
): Launches {
  return createLaunches(cage, (engine) => ({ ...RUN_LIMITS[engine.languages[0]], ...limits }), cacheDir)
}

/** What went wrong; undefined when all is well. */
async function tryOut(cage: Cage): Promise<string | undefined> {
  const engine = ENGINE_OF.typescript
  const launches = createLaunches(cage, () => RUN_LIMITS.typescript, undefined)
  const child = startChild(cage, await launches.of(engine))
  try {
    await child.ready
    const request: RunRequest = { language: 'typescript', source: 'enum Answer { Right = 42 }\nAnswer.Right' }
    const result = await runInChild(child, request, RUN_LIMITS.typescript, new AbortController().signal)
    return result.value === '42' ? undefined : `a trial ended with ${result.reason}`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    child.kill()
    await launches.close()
  }
}

function refuseLarge({ source, stdin = '', args = [], files = [] }: RunRequest): void {
  const all = files.map(({ name, text }) => name + text).join('')
  for (const text of [source, stdin, args.join('\0'), all])
    if (Buffer.byteLength(text) > MAX_TEXT_BYTES)
      throw new HubError('run_too_large', `A text of a run is longer than ${MAX_TEXT_BYTES} bytes`, {
        sentence: sentence('command.run.too_long', { kilobytes: MAX_TEXT_BYTES / 1_024, files: 10 }),
      })
}
