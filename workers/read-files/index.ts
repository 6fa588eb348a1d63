import { say } from '../../src/core/wording.ts'
import { asHubError, HubError } from '../../src/model/errors.ts'
import { type Sentence, sentence } from '../../src/model/sentence.ts'
import type { AttachmentReading, DocumentStore, Picture } from '../../src/ports/document-store.ts'
import type { Sender } from '../../src/ports/sender.ts'
import type { SenderDirectory } from '../../src/ports/sender-directory.ts'
import type { AnswerStore, StoredAttachment, TurnStore } from '../../src/ports/turn-store.ts'
import { endWithSentence, type LiveTurn, withLiveReply } from '../live-turn.ts'
import type { PerformStep, StepOutcome } from '../turn.ts'
import type { FileReader } from './file-reader.ts'
import { asPassages } from './passages.ts'
import type { ReadFault, Picture as WirePicture } from './reading.ts'

export interface ReadStepParts {
  readonly turns: TurnStore
  readonly answers: AnswerStore
  readonly senders: SenderDirectory
  readonly documents: DocumentStore
  readonly reader: FileReader
}

const TRIES = 3
const DOWNLOAD_LIMIT_MS = 120_000
/** Held in memory while it is read. */
const MAX_FILE_BYTES = 50 * 1024 * 1024
const MAX_FILES = 20
const SPOKEN: ReadonlySet<string> = new Set(['voice', 'audio'])

/** Reads what people attached, says plainly what cannot be read, and hands the turn on to be answered. */
export function createReadStep(parts: ReadStepParts): PerformStep {
  return (turn, signal, log) =>
    withLiveReply(parts, turn, signal, log, async (step) => {
      const { text, attachments } = await parts.turns.question(turn)
      const files = attachments.filter(({ kind }) => !SPOKEN.has(kind)).slice(0, MAX_FILES)
      const unread: { readonly file: StoredAttachment; readonly why: Sentence; readonly code: string }[] = []
      for (const file of files) {
        try {
          const { fault } = file.reading ?? (await readOne(parts, step, file))
          if (fault !== undefined) unread.push({ file, why: faultSentence(fault), code: fault })
        } catch (error) {
          if (step.signal.aborted) throw error
          const failure = asHubError(error)
          if (failure.retry.kind !== 'never' && turn.attempts < TRIES - 1) throw failure
          log.warn({ code: failure.code, err: failure }, 'a file could not be read')
          unread.push({ file, why: failure.sentence ?? sentence('file.unfetched'), code: failure.code })
        }
      }
      return await goOn(parts, step, text, unread, files.length)
    })
}

async function goOn(
  parts: ReadStepParts,
  step: LiveTurn,
  text: string,
  unread: readonly { readonly file: StoredAttachment; readonly why: Sentence; readonly code: string }[],
  count: number,
): Promise<StepOutcome> {
  const { turn, live, answer } = step
  const [first] = unread
  const heard = answer.preface !== ''
  if (first && unread.length === count && text === '' && !heard) {
    return await endWithSentence(
      step,
      sentence('file.unread', { name: shownName(first.file), reason: say(first.why, turn.language) }),
      {
        code: first.code,
        message: 'none of the files could be read',
      },
    )
  }
  if (unread.length > 0) {
    const lines = unread.map(({ file, why }) =>
      say(sentence('file.unread', { name: shownName(file), reason: say(why, turn.language) }), turn.language),
    )
    await live.introduce([answer.preface, ...lines.map((line) => `> ${line}`)].filter(Boolean).join('\n'))
  }
  await parts.turns.decide(turn, {
    code: 'files_read',
    detail: { read: count - unread.length, unread: unread.length },
  })
  return { kind: 'hand', step: 'reply' }
}

async function readOne(
  { documents, reader }: ReadStepParts,
  { turn, sender, signal }: LiveTurn,
  file: StoredAttachment,
): Promise<AttachmentReading> {
  const maxBytes = Math.min(MAX_FILE_BYTES, sender.capabilities(turn.target).maxDownloadBytes)
  if ((file.sizeBytes ?? 0) > maxBytes) throw tooLarge(maxBytes)
  const data = await download(sender, file, maxBytes, signal)
  const found = await reader.read(
    { name: file.name, data, ...(file.mimeType === undefined ? {} : { mimeType: file.mimeType }) },
    signal,
  )
  const passages = found.outcome === 'read' ? asPassages(found.sections) : []
  const base = {
    passages: passages.length,
    characters: passages.reduce((sum, { text }) => sum + text.length, 0),
    truncated: found.outcome === 'read' && found.truncated,
  }
  const reading: AttachmentReading =
    found.outcome === 'fault' ? { ...base, fault: found.fault } : { ...base, kind: found.kind }
  const seen = found.outcome === 'read' ? found.picture : undefined
  await documents.saveReading(turn.lease, file.id, reading, {
    passages,
    ...(seen === undefined ? {} : { picture: asPicture(seen) }),
  })
  return reading
}

function asPicture({ base64, ...picture }: WirePicture): Picture {
  return { ...picture, data: Buffer.from(base64, 'base64') }
}

/** The size is counted while it comes: what a platform says of it is no promise. */
async function download(
  sender: Sender,
  file: StoredAttachment,
  maxBytes: number,
  outer: AbortSignal,
): Promise<Buffer> {
  const limit = AbortSignal.timeout(DOWNLOAD_LIMIT_MS)
  const signal = AbortSignal.any([outer, limit])
  const stopped = (): HubError =>
    new HubError('attachment_stalled', `a file did not arrive within ${DOWNLOAD_LIMIT_MS} ms`, {
      retry: { kind: 'later' },
    })
  try {
    const { stream } = await sender.download(file.reference, signal)
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of stream) {
      signal.throwIfAborted()
      size += chunk.length
      if (size > maxBytes) throw tooLarge(maxBytes)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } catch (error) {
    outer.throwIfAborted()
    if (limit.aborted) throw stopped()
    const failure = asHubError(error)
    throw failure.code === 'attachment_too_large' ? tooLarge(maxBytes) : failure
  }
}

function tooLarge(maxBytes: number): HubError {
  const megabytes = Math.floor(maxBytes / 1024 / 1024)
  return new HubError('file_too_large', 'the file is too large', {
    sentence: sentence('file.too_large', { megabytes }),
  })
}

const FAULTS: Readonly<Record<ReadFault, Sentence>> = {
  file_unsupported: sentence('file.unsupported'),
  file_damaged: sentence('file.damaged'),
  file_locked: sentence('file.locked'),
  file_too_large: sentence('file.expands'),
  file_without_text: sentence('file.without_text'),
}

function faultSentence(fault: string): Sentence {
  return Object.entries(FAULTS).find(([code]) => code === fault)?.[1] ?? sentence('file.damaged')
}

/** Shown as code: nothing in it may end that. */
function shownName({ name }: StoredAttachment): string {
  return name.replaceAll(/[`\s]+/g, ' ').trim() || '…'
}
