import { Agent, FormData, fetch, type Response } from 'undici'
import { z } from 'zod'
import { HubError } from '../../src/model/errors.ts'
import type { ModelServer } from '../../src/ports/reply-model.ts'
import type { Transcribe, Transcript } from '../../src/ports/transcriber.ts'
import { isDoubtful } from './doubt.ts'
import { errorWords, parseJson, speechFailure, speechStatusError } from './speech-error.ts'
import { openStretch } from './wave.ts'

export interface TranscribeOptions {
  readonly connectMs?: number
  /** For the answer, on top of the time by length; default a minute. */
  readonly waitMs?: number
  /** For each second of sound; default two seconds, for servers without a GPU. */
  readonly waitPerSecondMs?: number
}

const MAX_ANSWER_BYTES = 4 * 1024 * 1024
const PLAIN_KEPT_MS = 10 * 60 * 1000
const PLAIN_KEPT = 256

const number = z.number().nullish().catch(undefined)

const answerSchema = z.looseObject({
  text: z.string(),
  language: z.string().nullish().catch(undefined),
  segments: z
    .array(
      z.looseObject({
        start: number,
        end: number,
        no_speech_prob: number,
        avg_logprob: number,
        compression_ratio: number,
      }),
    )
    .nullish()
    .catch(undefined),
})

/** Transcripts from any server with OpenAI's speech endpoint. `close` ends running requests. */
export function openTranscribe(options: TranscribeOptions = {}): {
  readonly transcribe: Transcribe
  close(): Promise<void>
} {
  const connect = { timeout: options.connectMs ?? 10_000 }
  const agent = new Agent({ connect, headersTimeout: 0, bodyTimeout: 0 })
  /** Servers that refused `verbose_json`, and until when that is believed. */
  const plain = new Map<string, number>()

  const transcribe: Transcribe = async ({ server, model, audio, stretch, language, hints }, signal) => {
    signal.throwIfAborted()
    const durationMs = stretch === undefined ? audio.durationMs : stretch.toMs - stretch.fromMs
    const waitMs = (options.waitMs ?? 60_000) + (durationMs / 1000) * (options.waitPerSecondMs ?? 2000)
    const limit = AbortSignal.timeout(Math.ceil(waitMs))
    const either = AbortSignal.any([signal, limit])

    const post = async (format: 'verbose_json' | 'json'): Promise<{ response: Response; body: string }> => {
      const form = new FormData()
      form.append('file', await openStretch(audio, stretch), 'audio.wav')
      if (model !== undefined) form.append('model', model)
      if (language !== undefined) form.append('language', language)
      if (hints !== undefined) form.append('prompt', hints)
      form.append('response_format', format)
      form.append('temperature', '0')
      const response = await fetch(`${server.baseUrl}/audio/transcriptions`, {
        method: 'POST',
        body: form,
        headers: server.apiKey === undefined ? {} : { authorization: `Bearer ${server.apiKey}` },
        signal: either,
        // A log-in page is no answer, and the recording goes to no other host.
        redirect: 'manual',
        dispatcher: agent,
      })
      return { response, body: await readBounded(response, server) }
    }

    try {
      const key = `${server.id} ${server.baseUrl} ${model ?? ''}`
      const verbose = (plain.get(key) ?? 0) < Date.now()
      let answer = await post(verbose ? 'verbose_json' : 'json')
      if (verbose && refusesFormat(answer.response.status, answer.body)) {
        const [oldest] = plain.keys()
        if (plain.size >= PLAIN_KEPT && oldest !== undefined) plain.delete(oldest)
        plain.set(key, Date.now() + PLAIN_KEPT_MS)
        answer = await post('json')
      }
      const { response, body } = answer
      if (!response.ok) {
        throw speechStatusError(response.status, response.headers.get('retry-after'), body, server.name)
      }
      return readTranscript(body, audio.silent, server)
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof HubError) throw error
      if (limit.aborted) {
        throw speechFailure('timeout', server.name, `no transcript within ${Math.ceil(waitMs)} ms`)
      }
      throw speechFailure('unreachable', server.name, networkDetail(error))
    }
  }

  return { transcribe, close: () => agent.destroy() }
}

function refusesFormat(status: number, body: string): boolean {
  return (status === 400 || status === 422) && /verbose_json|response_format/.test(body)
}

function readTranscript(body: string, silent: boolean, server: ModelServer): Transcript {
  const json = parseJson(body)
  const parsed = answerSchema.safeParse(json)
  if (!parsed.success) {
    // whisper.cpp's server says what it could not do with status 200.
    const words = errorWords(body)
    if (words !== '') throw speechFailure('refused', server.name, `refused the recording (${words})`)
    throw speechFailure('unreachable', server.name, 'answered with something that is no transcript')
  }
  const { data } = parsed
  const text = data.text.trim()
  const language = data.language?.toLowerCase()
  return {
    text,
    ...(language !== undefined && /^[a-z]{2,3}(-[a-z0-9]+)*$/.test(language) ? { language } : {}),
    // Whisper makes up a sentence where there is nothing to hear.
    doubtful: text !== '' && (silent || isDoubtful(text, data.segments ?? [])),
  }
}

async function readBounded(response: Response, server: ModelServer): Promise<string> {
  if (!response.body) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > MAX_ANSWER_BYTES) {
      throw speechFailure('unreachable', server.name, `answered with more than ${MAX_ANSWER_BYTES} bytes`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** undici's `fetch failed` has the reason in its cause. */
function networkDetail(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return `connection failed${code === '' ? '' : ` (${code})`}`
}
