import type { RunReason, RunRequest, RunResult } from '../../src/ports/code-runner.ts'
import type { Done } from './answers.ts'
import type { Child, ChildEnd } from './child.ts'
import { PARENT_SLACK, type RunLimits } from './limits.ts'
import { readUsage } from './process-usage.ts'
import { cleanText, createTranscript } from './transcript.ts'

const POLL_MS = 50
const OUT_OF_MEMORY =
  /out of memory|heap limit|allocation failed|bad_alloc|invalid (?:table|array|string|map) ?(?:size|length)|invalid size error|enomem/i

/**
 * Hands the program to a ready child and watches it to its end. The child is always dead afterwards.
 * Rejects only with the signal's reason.
 */
export async function runInChild(
  child: Child,
  request: RunRequest,
  limits: RunLimits,
  signal: AbortSignal,
): Promise<RunResult> {
  const pid = await child.ready
  const idle = await readUsage(pid)
  const transcript = createTranscript(limits.keptOutputBytes)
  const startedAt = performance.now()
  let done: Done | undefined
  let verdict: RunReason | undefined
  let peakBytes = idle?.residentBytes ?? 0
  let cpuMs = 0

  const stop = (reason: RunReason): void => {
    verdict ??= reason
    child.kill()
  }
  child.listen((answer) => {
    if (done !== undefined || verdict !== undefined) return
    if (answer === undefined) stop('internal')
    else if (answer.type === 'output') transcript.add(answer.text)
    else if (answer.type === 'done') {
      done = answer
      child.kill()
    }
  })

  let polling: Promise<void> | undefined
  async function poll(): Promise<void> {
    const usage = await readUsage(pid)
    if (usage === undefined || idle === undefined || done !== undefined) return
    peakBytes = Math.max(peakBytes, usage.residentBytes)
    cpuMs = usage.cpuMs - idle.cpuMs
    if (peakBytes - idle.residentBytes > limits.residentBytes + PARENT_SLACK.residentBytes) stop('memory')
    else if (cpuMs > limits.cpuMs + PARENT_SLACK.cpuMs) stop('cpu-timeout')
  }
  const watch = setInterval(() => {
    polling ??= poll().finally(() => {
      polling = undefined
    })
  }, POLL_MS)
  const wall = setTimeout(() => stop('wall-timeout'), limits.wallMs)
  signal.addEventListener('abort', child.kill, { once: true })
  try {
    if (signal.aborted) child.kill()
    else {
      const { language, source, stdin = '', args = [], files = [] } = request
      child.send({ language, source, stdin, args, files })
    }
    const end = await child.ended
    signal.throwIfAborted()
    const grownBytes = Math.max(0, peakBytes - (idle?.residentBytes ?? 0))
    return {
      reason: done?.reason ?? verdict ?? reasonOfDeath(end, grownBytes, limits),
      ...transcript.read(),
      ...told(done),
      cpuMs: Math.round(Math.max(done?.cpuMs ?? 0, done === undefined ? cpuMs : 0)),
      wallMs: Math.round(performance.now() - startedAt),
      memoryBytes: Math.max(done?.memoryBytes ?? 0, grownBytes),
    }
  } finally {
    clearInterval(watch)
    clearTimeout(wall)
    signal.removeEventListener('abort', child.kill)
    child.kill()
    await polling
  }
}

function told(done: Done | undefined): Partial<RunResult> {
  if (done === undefined) return {}
  const { exitCode, value, error } = done
  return {
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(value === undefined ? {} : { value: cleanText(value) }),
    ...(error === undefined
      ? {}
      : {
          error: {
            name: cleanText(error.name),
            message: cleanText(error.message),
            stack: cleanText(error.stack),
            ...(error.line === undefined ? {} : { line: error.line }),
          },
        }),
  }
}

/** V8 ends the process by a trap or an abort when memory runs out, and says so on stderr, mostly. */
function reasonOfDeath(end: ChildEnd, grownBytes: number, limits: RunLimits): RunReason {
  if (end.signal === 'SIGXCPU') return 'cpu-timeout'
  if (OUT_OF_MEMORY.test(end.stderr)) return 'memory'
  return grownBytes > limits.residentBytes / 2 ? 'memory' : 'crash'
}
