import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { FaultPlan, WireRequest } from '../faults.ts'
import { startWireServer, type WireAnswer } from '../wire-server.ts'
import { type AudioHeader, readAudioHeader } from './audio-header.ts'
import { modelList } from './server-pages.ts'
import { parseTranscriptionForm, type TranscriptionForm } from './transcription-form.ts'
import { isRefusal, refusal, unauthorized } from './vllm-error.ts'

export interface WhisperEmulatorOptions {
  readonly port?: number
  readonly apiKey?: string
  /** Default one, `demo-whisper`. */
  readonly models?: readonly string[]
  /** False: `verbose_json` is refused, as for speech models other than Whisper. */
  readonly verboseJson?: boolean
  /** Bytes; vLLM's own default is 25 MiB. */
  readonly maxFileBytes?: number
}

export interface ScriptedSegment {
  readonly text: string
  readonly start: number
  readonly end: number
  readonly noSpeechProb?: number
  readonly avgLogprob?: number
  readonly compressionRatio?: number
}

export interface ScriptedTranscript {
  /** How many requests it answers; default 1. */
  readonly times?: number
  readonly text?: string
  readonly language?: string
  /** Default: one confident segment over the whole length. */
  readonly segments?: readonly ScriptedSegment[]
  readonly delayMs?: number
  /** `hang` never answers; `cut` breaks the connection; an answer is sent as it is. */
  readonly trouble?: 'hang' | 'cut' | WireAnswer
}

export interface TranscriptionRecord {
  readonly form: TranscriptionForm
  /** The file as it arrived. */
  readonly bytes: Buffer
  /** Undefined where the file is no audio. */
  readonly audio: AudioHeader | undefined
  readonly startedAt: number
  readonly endedAt: number | undefined
  readonly aborted: boolean
}

export interface WhisperEmulator {
  /** Ends in `/v1`. */
  readonly baseUrl: string
  readonly url: string
  readonly port: number
  readonly faults: FaultPlan
  /** The newest hundred, oldest first. */
  readonly requests: readonly TranscriptionRecord[]
  script(transcript: ScriptedTranscript): () => void
  clearScript(): void
  onChange(listener: () => void): () => void
  /** Every request as it arrives, whatever its path. Returns a function that unsubscribes. */
  onRequest(listener: (request: WireRequest) => void): () => void
  close(): Promise<void>
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] }

const KEPT_REQUESTS = 100
const DEFAULT_MAX_FILE_BYTES = 25 * 1024 * 1024

/** vLLM's speech endpoint with a demo in it that hears lengths and silence, but no words. */
export async function startWhisperEmulator(options: WhisperEmulatorOptions = {}): Promise<WhisperEmulator> {
  const models = options.models ?? ['demo-whisper']
  const requests: Mutable<TranscriptionRecord>[] = []
  const listeners = new Set<() => void>()
  const entries: { transcript: ScriptedTranscript; left: number }[] = []
  const startedAt = Math.floor(Date.now() / 1000)

  const changed = (): void => {
    for (const listener of listeners) listener()
  }
  const remove = (entry: (typeof entries)[number]): void => {
    const index = entries.indexOf(entry)
    if (index >= 0) entries.splice(index, 1)
  }
  const take = (): ScriptedTranscript => {
    const [entry] = entries
    if (!entry) return {}
    entry.left -= 1
    if (entry.left <= 0) remove(entry)
    return entry.transcript
  }

  const transcribe = async (
    record: Mutable<TranscriptionRecord>,
    signal: AbortSignal,
  ): Promise<WireAnswer | 'cut'> => {
    const { form, bytes, audio } = record
    const model = form.model ?? models[0] ?? ''
    if (!models.includes(model)) {
      return refusal(404, `The model \`${model}\` does not exist.`, { param: 'model' })
    }
    if (bytes.length > (options.maxFileBytes ?? DEFAULT_MAX_FILE_BYTES)) {
      return refusal(400, 'Maximum file size exceeded', { param: 'audio_filesize_mb' })
    }
    if (options.verboseJson === false && form.responseFormat === 'verbose_json') {
      return refusal(400, `Currently do not support verbose_json for ${model}`)
    }
    const scripted = take()
    if (scripted.delayMs) await delay(scripted.delayMs, undefined, { signal })
    if (scripted.trouble === 'cut') return 'cut'
    if (scripted.trouble === 'hang') {
      signal.throwIfAborted()
      await once(signal, 'abort')
      signal.throwIfAborted()
    } else if (scripted.trouble) return scripted.trouble
    if (!audio) return refusal(400, 'Invalid or unsupported audio file.')
    return answer(form, audio, scripted)
  }

  const server = await startWireServer({
    ...(options.port === undefined ? {} : { port: options.port }),
    async handle(request, { response }) {
      const [path = '/'] = request.path.split('?')
      if (path.startsWith('/v1') && options.apiKey !== undefined) {
        if (request.headers.authorization !== `Bearer ${options.apiKey}`) return unauthorized
      }
      const line = `${request.method} ${path}`
      if (line === 'GET /health') return { status: 200 }
      if (line === 'GET /v1/models') {
        return {
          status: 200,
          body: modelList(
            models.map((id) => ({ id, contextLength: 448 })),
            'vllm',
            startedAt,
          ),
        }
      }
      if (line !== 'POST /v1/audio/transcriptions') return { status: 404, body: { detail: 'Not Found' } }
      const parsed = await parseTranscriptionForm(request)
      if (isRefusal(parsed)) return parsed
      const record: Mutable<TranscriptionRecord> = {
        ...parsed,
        audio: readAudioHeader(parsed.bytes),
        startedAt: Date.now(),
        endedAt: undefined,
        aborted: false,
      }
      requests.push(record)
      if (requests.length > KEPT_REQUESTS) requests.shift()
      changed()
      const hungUp = new AbortController()
      let cutting = false
      response.once('close', () => {
        record.aborted = !response.writableFinished && !cutting
        record.endedAt = Date.now()
        hungUp.abort()
        changed()
      })
      const result = await transcribe(record, hungUp.signal).catch((error: unknown) => {
        if (hungUp.signal.aborted) return 'handled' as const
        throw error
      })
      if (result !== 'cut') return result
      cutting = true
      response.destroy()
      return 'handled'
    },
  })

  return {
    baseUrl: `${server.url}/v1`,
    url: server.url,
    port: server.port,
    faults: server.faults,
    requests,
    script(transcript) {
      const entry = { transcript, left: transcript.times ?? 1 }
      entries.push(entry)
      return () => remove(entry)
    },
    clearScript() {
      entries.length = 0
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    onRequest: (listener) => server.onRequest(listener),
    close: () => server.close(),
  }
}

function answer(form: TranscriptionForm, audio: AudioHeader, scripted: ScriptedTranscript): WireAnswer {
  const seconds = audio.durationMs / 1000
  const text = scripted.text ?? scripted.segments?.map((segment) => segment.text).join('') ?? demoText(audio)
  const language = scripted.language ?? form.language ?? 'en'
  switch (form.responseFormat) {
    case 'text':
      return { status: 200, body: text }
    case 'json':
      return {
        status: 200,
        body: { text, usage: { type: 'duration', seconds: Math.ceil(seconds) } },
      }
    case 'verbose_json': {
      const segments = scripted.segments ?? (text === '' ? [] : [{ text, start: 0, end: seconds }])
      return {
        status: 200,
        body: { duration: String(seconds), language, text, segments: segments.map(segmentBody), words: null },
      }
    }
  }
}

function segmentBody(segment: ScriptedSegment, id: number) {
  return {
    id,
    avg_logprob: segment.avgLogprob ?? -0.2,
    compression_ratio: segment.compressionRatio ?? 1.2,
    end: segment.end,
    no_speech_prob: segment.noSpeechProb ?? 0.01,
    seek: 0,
    start: segment.start,
    temperature: 0,
    text: segment.text,
    tokens: [],
  }
}

function demoText(audio: AudioHeader): string {
  if (audio.silent) return ''
  const seconds = (audio.durationMs / 1000).toFixed(1)
  return `This is the demo listener: I heard ${seconds} seconds of sound, but I cannot make out words.`
}
