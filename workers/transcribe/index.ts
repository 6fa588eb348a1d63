import { asQuote, quoteOfSpeech } from '../../src/core/heard.ts'
import { say } from '../../src/core/wording.ts'
import { asHubError, HubError } from '../../src/model/errors.ts'
import { type Sentence, sentence } from '../../src/model/sentence.ts'
import type { ClaimedTurn } from '../../src/model/work.ts'
import type { ModelDirectory } from '../../src/ports/model-directory.ts'
import type { SenderDirectory } from '../../src/ports/sender-directory.ts'
import type { PrepareAudio, Transcribe } from '../../src/ports/transcriber.ts'
import type { AnswerStore, StoredAttachment, TurnStore } from '../../src/ports/turn-store.ts'
import { endWithSentence, type LiveTurn, showLimit, withLiveReply } from '../live-turn.ts'
import type { PerformStep, StepOutcome } from '../turn.ts'
import { hearInPieces } from './in-pieces.ts'

export interface TranscribeParts {
  readonly turns: TurnStore
  readonly answers: AnswerStore
  readonly senders: SenderDirectory
  readonly models: ModelDirectory
  readonly prepareAudio: PrepareAudio
  readonly transcribe: Transcribe
}

const MAX_DURATION_MS = 120 * 60_000
const TRIES = 3

interface Heard {
  readonly text: string
  readonly doubtful: boolean
}

/** Writes down what was said, shows it as a quote, and hands the turn on to be answered. */
export function createTranscribeStep(parts: TranscribeParts): PerformStep {
  return (turn, signal, log) =>
    withLiveReply(parts, turn, signal, log, async (step) => {
      try {
        return await quote(parts, step)
      } catch (error) {
        if (step.signal.aborted) throw error
        const failure = asHubError(error)
        // Who let one wait so long once is not waited for again.
        const passing = failure.retry.kind !== 'never' && failure.code !== 'speech_timeout'
        if (passing && turn.attempts < TRIES - 1) throw failure
        log.warn({ code: failure.code, err: failure }, 'a voice message could not be written down')
        return await endWithSentence(step, explanation(failure), {
          code: failure.code,
          message: failure.message,
        })
      }
    })
}

async function quote(parts: TranscribeParts, step: LiveTurn): Promise<StepOutcome> {
  const { turn, live, sender } = step
  const { text, attachments } = await parts.turns.question(turn)
  const heard: Heard[] = []
  for (const attachment of attachments.filter(({ kind }) => kind === 'voice' || kind === 'audio'))
    heard.push(await listen(parts, step, attachment))
  const quotes = heard.filter((one) => one.text !== '')
  if (quotes.length === 0 && text === '') {
    throw new HubError('voice_silent', 'nothing was said', { sentence: sentence('voice.silent') })
  }
  await live.introduce(
    quotes.map((one) => quoteOfSpeech([one.text], one.doubtful, turn.language)).join('\n\n'),
  )
  if (quotes.some(({ doubtful }) => doubtful)) {
    await parts.turns.decide(turn, { code: 'transcript_doubtful' })
    const pressed = turn.settings.buttons !== 'none' && sender.capabilities(turn.target).buttons !== 'dropped'
    const notice = say(sentence(pressed ? 'voice.ask' : 'voice.ask_words'), turn.language)
    await live.finish({ text: '', notice, end: 'done', asks: 'heard' }, showLimit())
    return { kind: 'end', end: 'done' }
  }
  await parts.turns.decide(turn, { code: 'transcribed' })
  if (turn.settings.voice === 'transcribe' && quotes.length > 0) {
    await live.finish({ text: '', end: 'done', asks: 'notes' }, showLimit())
    return { kind: 'end', end: 'done' }
  }
  const files = attachments.some(({ kind }) => kind !== 'voice' && kind !== 'audio')
  return { kind: 'hand', step: files ? 'read' : 'reply' }
}

/** What the person is told. */
function explanation({ sentence: told, code }: HubError): Sentence {
  if (told) return told
  if (code.startsWith('speech_')) return sentence('voice.server_down')
  return sentence(/^(platform|attachment)_/.test(code) ? 'voice.unfetched' : 'voice.unreadable')
}

async function listen(
  { turns, models, prepareAudio, transcribe }: TranscribeParts,
  { turn, sender, live, signal }: LiveTurn,
  attachment: StoredAttachment,
): Promise<Heard> {
  if (attachment.transcript !== undefined)
    return { text: attachment.transcript, doubtful: attachment.doubtful }
  const speech = await models.speech()
  if (!speech)
    throw new HubError('voice_no_server', 'no speech server is connected', {
      sentence: sentence('voice.no_server'),
    })
  const maxBytes = sender.capabilities(turn.target).maxDownloadBytes
  const limits = { maxBytes, maxDurationMs: MAX_DURATION_MS }
  if ((attachment.sizeBytes ?? 0) > maxBytes) throw tooLarge(maxBytes)
  if ((attachment.durationMs ?? 0) > MAX_DURATION_MS) throw tooLong()
  await mustBeWithinBudget(turns, turn, attachment.durationMs ?? 0)
  const startedAt = performance.now()
  const download = await sender.download(attachment.reference, signal).catch((error: unknown) => {
    const failure = asHubError(error)
    throw failure.code === 'attachment_too_large' ? tooLarge(maxBytes) : failure
  })
  // What asks for a log-in instead of giving the file may well do so with a good status.
  if (/^text\/html\b/i.test(download.mimeType ?? ''))
    throw new HubError('attachment_gone', 'the platform gave a page instead of the recording')
  const audio = await prepareAudio(download.stream, limits, signal)
  try {
    await mustBeWithinBudget(turns, turn, audio.durationMs)
    const { server, model } = speech
    const hints = turn.settings.voiceHints
    const chosen = {
      ...{ server, audio },
      ...(model === undefined ? {} : { model }),
      ...(hints === '' ? {} : { hints }),
    }
    const total = Math.ceil(audio.durationMs / 60_000)
    const said = audio.silent
      ? { text: '', doubtful: false }
      : await hearInPieces(
          {
            audio,
            known: attachment.heard,
            hear: (stretch, each) =>
              transcribe({ ...chosen, ...(stretch === undefined ? {} : { stretch }) }, each),
            async keep(pieces, doneMs) {
              await turns.saveHeard(turn.lease, attachment.id, pieces)
              const done = Math.floor(doneMs / 60_000)
              await live.introduce(asQuote(say(sentence('voice.progress', { done, total }), turn.language)))
            },
          },
          signal,
        )
    const heard = { ...said, doubtful: said.doubtful || echoes(said.text, hints) }
    await turns.saveTranscript(turn.lease, attachment.id, heard)
    await turns.recordUsage(turn, {
      kind: 'speech',
      serverName: speech.server.name,
      audioMs: Math.round(audio.durationMs),
      durationMs: Math.round(performance.now() - startedAt),
      ...(speech.model === undefined ? {} : { model: speech.model }),
    })
    return heard
  } finally {
    await audio.dispose()
  }
}

async function mustBeWithinBudget(turns: TurnStore, turn: ClaimedTurn, durationMs: number): Promise<void> {
  const { voiceMinutes: minutes } = turn.settings
  if (minutes === undefined) return
  if ((await turns.spokenToday(turn.workspaceId)) + durationMs <= minutes * 60_000) return
  throw new HubError('voice_budget', 'the minutes of speech of this day are used up', {
    sentence: sentence('voice.budget', { minutes }),
  })
}

/** Asked for a name's spelling where nothing is said, models give the names themselves back. */
function echoes(text: string, hints: string): boolean {
  const plain = (words: string): string =>
    words
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
      .trim()
  return text !== '' && ` ${plain(hints)} `.includes(` ${plain(text)} `)
}

function tooLarge(maxBytes: number): HubError {
  const megabytes = Math.floor(maxBytes / 1024 / 1024)
  return new HubError('audio_too_large', 'the voice message is too large', {
    sentence: sentence('voice.too_large', { megabytes }),
  })
}

function tooLong(): HubError {
  const minutes = MAX_DURATION_MS / 60_000
  return new HubError('audio_too_long', 'the voice message is too long', {
    sentence: sentence('voice.too_long', { minutes }),
  })
}
