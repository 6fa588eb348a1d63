import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Environment } from '../../config/schema.ts'
import { openReplyModel } from '../../workers/reply/vllm.ts'
import { openTranscribe } from '../../workers/transcribe/whisper.ts'
import { HubError } from '../model/errors.ts'
import type { ModelServer } from '../ports/reply-model.ts'

const CALL_LIMIT_MS = 15_000
const SAMPLE_RATE = 16_000

/** Asks for a word, as a message would. Resolves with what people should know; rejects with why there was none. */
export async function tryModelServer(environment: Environment): Promise<string | undefined> {
  const { LLM_BASE_URL: baseUrl, LLM_API_KEY: apiKey, LLM_MODEL: wanted } = environment
  if (baseUrl === undefined) return undefined
  const server = serverAt('models', baseUrl, apiKey)
  const client = openReplyModel()
  const signal = AbortSignal.timeout(CALL_LIMIT_MS)
  try {
    const listed = (await client.list(server, signal)).map(({ name }) => name)
    const model = wanted ?? listed[0]
    if (model === undefined) throw new HubError('no_model', `${baseUrl} lists no model`)
    if (!listed.includes(model))
      throw new HubError('no_model', `${baseUrl} does not list ${model}, but: ${listed.join(', ')}`)
    const startedAt = performance.now()
    let firstMs: number | undefined
    const messages = [{ role: 'user', content: 'Say yes.' }] as const
    for await (const chunk of client.stream({ server, model, messages, maxOutputTokens: 16 }, signal))
      if (chunk.kind === 'text' || chunk.kind === 'reasoning') firstMs ??= performance.now() - startedAt
    if (firstMs === undefined) throw new HubError('no_answer', `${model} answered without a word`)
    return `${baseUrl} lists ${listed.join(', ')}; ${model} answers, its first word after ${Math.round(firstMs)} ms`
  } finally {
    await client.close()
  }
}

/** Lets the server hear a second of silence. */
export async function trySpeechServer(environment: Environment): Promise<string | undefined> {
  const { WHISPER_BASE_URL: baseUrl, WHISPER_API_KEY: apiKey, WHISPER_MODEL: wanted } = environment
  if (baseUrl === undefined) return undefined
  const server = serverAt('speech', baseUrl, apiKey)
  const client = openReplyModel()
  const speech = openTranscribe()
  const directory = await mkdtemp(join(tmpdir(), 'brainall-doctor-'))
  const signal = AbortSignal.timeout(CALL_LIMIT_MS)
  try {
    const listed = await client.list(server, signal)
    const model = wanted ?? listed[0]?.name
    if (model === undefined) throw new HubError('no_model', `${baseUrl} lists no model`)
    const path = join(directory, 'silence.wav')
    await writeFile(path, silentWav(SAMPLE_RATE))
    const audio = { path, durationMs: 1_000, silences: [], silent: false, dispose: () => Promise.resolve() }
    await speech.transcribe({ server, model, audio }, signal)
    return `${baseUrl} listens with ${model}`
  } finally {
    await rm(directory, { recursive: true, force: true })
    await speech.close()
    await client.close()
  }
}

function serverAt(name: string, baseUrl: string, apiKey: string | undefined): ModelServer {
  return { id: name, name, baseUrl, ...(apiKey === undefined ? {} : { apiKey }) }
}

/** 16 bits, mono. */
function silentWav(samples: number): Buffer {
  const head = Buffer.alloc(44)
  head.write('RIFF', 0)
  head.writeUInt32LE(36 + samples * 2, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(SAMPLE_RATE, 24)
  head.writeUInt32LE(SAMPLE_RATE * 2, 28)
  head.writeUInt16LE(2, 32)
  head.writeUInt16LE(16, 34)
  head.write('data', 36)
  head.writeUInt32LE(samples * 2, 40)
  return Buffer.concat([head, Buffer.alloc(samples * 2)])
}
