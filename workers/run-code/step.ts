import { reportRun } from '../../src/core/run-report.ts'
import { say } from '../../src/core/wording.ts'
import { asHubError } from '../../src/model/errors.ts'
import type { RunId } from '../../src/model/ids.ts'
import { sentence } from '../../src/model/sentence.ts'
import type { CodeToRun } from '../../src/model/work.ts'
import type { CodeRunner, RunResult } from '../../src/ports/code-runner.ts'
import type { SenderDirectory } from '../../src/ports/sender-directory.ts'
import type { AnswerStore, TurnStore } from '../../src/ports/turn-store.ts'
import { endWithSentence, type LiveTurn, showLimit, withLiveReply } from '../live-turn.ts'
import type { PerformStep, StepOutcome } from '../turn.ts'
import { withAttachedTexts } from './attached.ts'

export interface RunParts {
  readonly turns: TurnStore
  readonly answers: AnswerStore
  readonly senders: SenderDirectory
  readonly runner: CodeRunner
  /** Where a signed-in reader sees a run; undefined: the hub has no address of its own. */
  readonly linkTo: (run: RunId) => string | undefined
}

/** Failures of which the person is told, and that trying again would not mend. */
const TOLD: ReadonlySet<string> = new Set([
  'run_unavailable',
  'run_too_large',
  'run_not_text',
  'attachment_gone',
])

/** A wait shorter than this is not worth a sentence. */
const TELL_AFTER_MS = 800

/** Who waits sees how many programs go before. */
async function runInTurn(runner: CodeRunner, code: CodeToRun, step: LiveTurn): Promise<RunResult> {
  const { turn, live, signal } = step
  const startedAt = performance.now()
  let ahead: number | undefined
  const tell = (): void => {
    if (ahead !== undefined) live.update(say(sentence('run.waiting', { ahead }), turn.language))
  }
  const timer = setTimeout(tell, TELL_AFTER_MS)
  try {
    return await runner.run(code, signal, {
      asker: { workspace: turn.workspaceId, person: turn.personId },
      onWaiting(now) {
        ahead = now
        if (performance.now() - startedAt >= TELL_AFTER_MS) tell()
      },
    })
  } finally {
    clearTimeout(timer)
  }
}

/** Runs a turn's code and shows what came of it. A result that was kept before a crash is not computed again. */
export function createRunStep(parts: RunParts): PerformStep {
  return (turn, signal, log) => withLiveReply(parts, turn, signal, log, (step) => run(parts, step))
}

async function run({ turns, runner, linkTo }: RunParts, step: LiveTurn): Promise<StepOutcome> {
  const { turn, live, signal } = step
  const stored = await turns.code(turn.id)
  if (!stored)
    return await endWithSentence(step, sentence('answer.internal'), {
      code: 'run_missing',
      message: 'its code is gone',
    })
  let { code, result } = stored
  if (!result) {
    try {
      if (code.attached) {
        code = await withAttachedTexts(code, step.sender, signal)
        await turns.saveCode(turn.lease, turn.id, code)
      }
      result = await runInTurn(runner, code, step)
    } catch (error) {
      const failure = asHubError(error)
      if (!TOLD.has(failure.code)) throw error
      return await endWithSentence(step, failure.sentence ?? sentence('run.unavailable'), {
        code: failure.code,
        message: failure.message,
      })
    }
    await turns.saveRun(turn.lease, turn.id, result)
    await turns.recordUsage(turn, { kind: 'run', durationMs: Math.round(result.wallMs) })
  }
  const { language } = code
  const { markdown, file } = reportRun(
    result,
    {
      language,
      allowance: runner.allowance(language),
      colours: step.sender.capabilities(turn.target).colouredOutput,
      link: linkTo(stored.id),
    },
    turn.language,
  )
  const failed = result.reason !== 'ok' && result.exitCode !== 0
  await live.finish(
    { text: markdown, end: 'done', failed, ...(file === undefined ? {} : { file }) },
    showLimit(),
  )
  return { kind: 'end', end: 'done' }
}
