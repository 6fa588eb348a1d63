import { join } from 'node:path'
import type { Environment } from '../../config/schema.ts'
import { createDeliverStep } from '../../workers/deliver.ts'
import { createFileReader } from '../../workers/read-files/file-reader.ts'
import { createReadStep } from '../../workers/read-files/index.ts'
import { createReplyStep } from '../../workers/reply/index.ts'
import { openCodeRunner, runAllowance } from '../../workers/run-code/index.ts'
import { createRunStep } from '../../workers/run-code/step.ts'
import { createRunCodeTool } from '../../workers/tools/index.ts'
import { createPrepareAudio } from '../../workers/transcribe/audio.ts'
import { createTranscribeStep } from '../../workers/transcribe/index.ts'
import { openTranscribe } from '../../workers/transcribe/whisper.ts'
import { createTurnHandler, type PerformStep } from '../../workers/turn.ts'
import { observeCodeRunner, observeTranscribe } from '../metrics/index.ts'
import { asHubError } from '../model/errors.ts'
import type { RunId } from '../model/ids.ts'
import type { Step } from '../model/work.ts'
import type { CodeRunner } from '../ports/code-runner.ts'
import type { Logger } from '../ports/logger.ts'
import type { Observer } from '../ports/observer.ts'
import type { ReplyModel } from '../ports/reply-model.ts'
import type { SenderDirectory } from '../ports/sender-directory.ts'
import type { TicketQueue } from '../ports/ticket-queue.ts'
import type { Closing } from './closing.ts'
import { openLater } from './late-runner.ts'
import type { Storage } from './storage.ts'
import type { Tracing } from './tracing.ts'

const DELIVER_CONCURRENCY = 8
/** Programs beyond those that run, which a process holds ready in a fair line. */
const RUNS_IN_LINE = 32
/** Each reads one file in a process of its own, which may take half a gigabyte. */
const READ_CONCURRENCY = 2

/** Starts a pool of workers for every step. Closing waits for running turns until they end or `drained` fires. */
export async function startWorkers(parts: {
  readonly environment: Environment
  readonly storage: Storage
  readonly queue: TicketQueue
  readonly senders: SenderDirectory
  readonly replyModel: ReplyModel
  readonly observer: Observer
  readonly tracing: Tracing
  readonly owner: string
  readonly drained: AbortSignal
  readonly stopping: AbortSignal
  readonly closing: Closing
  readonly log: Logger
}): Promise<void> {
  const { environment, storage, queue, senders, replyModel, observer, closing, log } = parts
  const { turns, answers, documents, signals, models, ledger, toolCalls } = storage
  const runner = openLater(async () => observeCodeRunner(await openRunner(environment, log), observer), log)
  closing.add('code runner', () => runner.close())
  const speech = openTranscribe()
  closing.add('transcriber', speech.close)
  const transcribe = observeTranscribe(speech.transcribe, observer)
  const { FFMPEG_PATH: ffmpegPath } = environment
  const prepareAudio = createPrepareAudio(ffmpegPath === undefined ? {} : { ffmpegPath })

  const reader = createFileReader({ concurrency: READ_CONCURRENCY, log })
  closing.add('file reader', reader.close)
  const { PUBLIC_URL: publicUrl } = environment
  const linkTo = (run: RunId) => (publicUrl === undefined ? undefined : `${publicUrl}/admin/runs/${run}`)

  const tools = [createRunCodeTool(runner)]

  const pools: readonly [Step, number, PerformStep][] = [
    [
      'reply',
      environment.REPLY_CONCURRENCY,
      createReplyStep({
        turns,
        answers,
        senders,
        models,
        replyModel,
        ledger,
        maxOutputTokens: environment.MAX_OUTPUT_TOKENS,
        documents,
        tools,
        toolCalls,
      }),
    ],
    [
      'run',
      environment.RUN_CONCURRENCY + RUNS_IN_LINE,
      createRunStep({ turns, answers, senders, runner, linkTo }),
    ],
    [
      'transcribe',
      environment.TRANSCRIBE_CONCURRENCY,
      createTranscribeStep({ turns, answers, senders, models, prepareAudio, transcribe }),
    ],
    ['read', READ_CONCURRENCY, createReadStep({ turns, answers, senders, documents, reader })],
    ['deliver', DELIVER_CONCURRENCY, createDeliverStep({ answers, senders })],
  ]
  for (const [step, concurrency, perform] of pools) {
    const handler = createTurnHandler({
      step,
      perform: parts.tracing.step(step, perform),
      turns,
      queue,
      signals,
      owner: parts.owner,
      stopping: parts.stopping,
      drained: parts.drained,
      log,
    })
    const pool = queue.work(step, concurrency, handler)
    closing.add(`${step} workers`, () => pool.close())
  }
}

/** Without walls no code runs, and everything else does. */
async function openRunner(environment: Environment, log: Logger): Promise<CodeRunner> {
  const { SANDBOX: sandbox, RUN_CONCURRENCY: concurrency, DATA_DIR } = environment
  try {
    return await openCodeRunner({ sandbox, concurrency, log, cacheDir: join(DATA_DIR, 'run-code') })
  } catch (error) {
    const failure = asHubError(error)
    if (failure.code !== 'run_unavailable') throw error
    log.error(
      { code: failure.code, err: failure },
      'code cannot be run on this machine; npm run doctor tells why',
    )
    return {
      containment: 'none',
      allowance: runAllowance,
      run: () => Promise.reject(failure),
      close: () => Promise.resolve(),
    }
  }
}
