import { setTimeout as delay } from 'node:timers/promises'
import { asHubError, HubError } from '../model/errors.ts'
import type { Control, OutboundFile } from '../model/outbound.ts'
import type { Answer, Lease, TurnEnd } from '../model/work.ts'
import type { Logger } from '../ports/logger.ts'
import type { Sender } from '../ports/sender.ts'
import type { AnswerStore } from '../ports/turn-store.ts'
import { deliverWhole, PATIENCE_MS } from './deliver.ts'
import { asContents, createShowing, fileOfLongCode, wholeText } from './showing.ts'
import type { Streaming } from './streaming.ts'

export interface FinalText {
  readonly text: string
  readonly end: TurnEnd
  readonly notice?: string
  readonly model?: string
  /** The program that it tells of did not end well. */
  readonly failed?: boolean
  readonly asks?: 'heard' | 'notes'
  /** Sent after the text, as a message of its own. */
  readonly file?: OutboundFile
}

/** Turns a growing text into paced edits of one answer. */
export interface LiveReply {
  /** The newest text given, shown or not. */
  readonly text: string
  /** The answer's text so far; shown when the pace allows it, the newest wins. Never waits. */
  update(text: string): void
  /** Stands before the text from now on, such as the transcript's quote. */
  introduce(preface: string): Promise<void>
  /** The last edit in flight ends, the final text is written down, then shown. Rejects when it could not be shown. */
  finish(final: FinalText, signal: AbortSignal): Promise<void>
  /** Ends without a final text; what was shown and written down stays for whoever goes on. */
  abandon(): Promise<void>
}

const BACKOFF_MS = 2_000
const EMPTY_MS = 150
const SHOW_LIMIT_MS = 30_000
const GIVE_UP: ReadonlySet<string> = new Set([
  'platform_forbidden',
  'platform_rejected',
  'platform_unauthorized',
])

export function createLiveReply(options: {
  readonly answer: Answer
  readonly lease: Lease
  readonly sender: Sender
  readonly store: AnswerStore
  readonly log: Logger
  /** The buttons under the answer; `end` is undefined while it grows. */
  readonly controls: (state: {
    readonly end: TurnEnd | undefined
    readonly text: string
    readonly failed?: boolean
    readonly asks?: 'heard' | 'notes'
  }) => readonly Control[]
  readonly streaming: Streaming
  /** The lease was lost: nothing more may be shown. */
  readonly onLeaseLost: () => void
}): LiveReply {
  const { answer, lease, sender, store, log, streaming } = options
  const showing = createShowing({ answer, sender, store, lease })
  const capabilities = sender.capabilities(answer.target)
  const ended = new AbortController()
  const startedAt = performance.now()
  let { preface, text } = answer
  let pending = false
  let edits = 0
  let { native } = streaming
  let silent = capabilities.editing === 'dropped'
  let nextAt = 0
  /** The platform said how long to wait; pace may be left aside for the last edit, this may not. */
  let notBefore = 0
  let pumping: Promise<void> | undefined

  const step = async (): Promise<void> => {
    const wait = nextAt - performance.now()
    if (wait > 0) await delay(wait, undefined, { signal: ended.signal })
    pending = false
    const shown = text
    await store.checkpoint(lease, answer.id, { text: shown })
    const body = streaming.body({ preface, text: shown, elapsedMs: performance.now() - startedAt })
    if (body === undefined) {
      nextAt = performance.now() + capabilities.editIntervalMs
      return
    }
    const controls = options.controls({ end: undefined, text: shown })
    const limit = AbortSignal.timeout(SHOW_LIMIT_MS)
    const parts = sender.format(body, answer.target)
    if (parts.length === 0) {
      // So far it is only the beginning of a mark, such as that of a heading.
      nextAt = performance.now() + EMPTY_MS
      return
    }
    if (native && parts.length === 1 && text !== '') {
      const whole = wholeText({ preface, text: shown, notice: '' })
      native = await showing.grow(whole, controls, limit)
      nextAt = performance.now() + capabilities.growIntervalMs
      if (native) return
    }
    native &&= parts.length === 1
    await showing.show(asContents(parts, controls), false, limit)
    edits += 1
    const { firstEdits, editIntervalMs } = capabilities
    nextAt =
      performance.now() + (firstEdits && edits < firstEdits.count ? firstEdits.intervalMs : editIntervalMs)
  }

  const pump = async (): Promise<void> => {
    while (pending && !silent && !ended.signal.aborted) {
      try {
        await step()
      } catch (error) {
        const failure = asHubError(error)
        if (failure.retry.kind === 'after') notBefore = performance.now() + failure.retry.ms
        if (ended.signal.aborted) return
        if (failure.code === 'lease_lost') {
          silent = true
          options.onLeaseLost()
          return
        }
        log.warn({ code: failure.code, err: failure }, 'an edit of a growing answer failed')
        if (GIVE_UP.has(failure.code)) silent = true
        pending = true
        nextAt = performance.now() + (failure.retry.kind === 'after' ? failure.retry.ms : BACKOFF_MS)
      }
    }
  }

  const kick = (): void => {
    pending = true
    pumping ??= pump().finally(() => {
      pumping = undefined
    })
  }

  const showWaiting = (): void => {
    if (text === '' && preface === '') kick()
  }
  // An old answer that is redone must not stand there as if it were the new one.
  const redone = text === '' && preface === '' && answer.parts.length > 0
  const firstAfterMs = redone ? 0 : streaming.firstAfterMs
  const first = firstAfterMs === undefined ? undefined : setTimeout(showWaiting, firstAfterMs)
  const refresh = streaming.refreshMs === undefined ? undefined : setInterval(kick, streaming.refreshMs)

  /** Ends the waiting, never a call in flight: a post cut off here may show, and would be made again. */
  const settle = async (): Promise<void> => {
    clearTimeout(first)
    clearInterval(refresh)
    ended.abort()
    await pumping
  }

  return {
    get text() {
      return text
    },
    update(next) {
      if (ended.signal.aborted || next === text) return
      text = next
      kick()
    },
    async introduce(next) {
      preface = next
      await store.checkpoint(lease, answer.id, { preface: next })
      kick()
    },
    async finish(final, signal) {
      await settle()
      const { text: whole, end, notice = '', model, failed = false, asks } = final
      const canUpload = capabilities.fileUpload !== 'dropped' && !answer.private
      const file = final.file ?? (canUpload ? fileOfLongCode(whole) : undefined)
      const controls = options.controls({ end, text: whole, failed, ...(asks === undefined ? {} : { asks }) })
      if (file) showing.add(await store.addFile(lease, answer.id, file))
      await store.checkpoint(lease, answer.id, {
        text: whole,
        notice,
        controls,
        complete: true,
        ...(model === undefined ? {} : { model }),
      })
      await obey(notBefore - performance.now(), signal)
      await deliverWhole({
        answer: { ...answer, preface, text: whole, notice, controls },
        showing,
        sender,
        store,
        signal,
      })
    },
    abandon: settle,
  }
}

/** Sits out what a platform asked for; where that is long, somebody else shows the answer then. */
async function obey(waitMs: number, signal: AbortSignal): Promise<void> {
  if (waitMs <= 0) return
  if (waitMs > PATIENCE_MS) {
    throw new HubError('platform_rate_limited', 'the platform asked to wait for long', {
      retry: { kind: 'after', ms: waitMs },
    })
  }
  await delay(waitMs, undefined, { signal })
}
