import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { PreparedAudio } from '../../../src/ports/transcriber.ts'
import {
  startWhisperEmulator,
  type WhisperEmulator,
  type WhisperEmulatorOptions,
} from '../../../src/simulator/models/index.ts'
import { createPrepareAudio } from '../../../workers/transcribe/audio.ts'
import { findFfmpeg } from '../../../workers/transcribe/ffmpeg-binary.ts'
import { openTranscribe, type TranscribeOptions } from '../../../workers/transcribe/whisper.ts'
import { wav } from '../../simulator/models/wav.ts'
import { inPieces, makeSound } from './sound.ts'

const ffmpeg = await findFfmpeg()
const never = new AbortController().signal
const open: { close(): Promise<void> }[] = []
let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'brainall-test-'))
})

afterEach(async () => {
  await Promise.all(open.splice(0).map((part) => part.close()))
  await rm(directory, { recursive: true })
})

async function start(options: WhisperEmulatorOptions = {}): Promise<WhisperEmulator> {
  const emulator = await startWhisperEmulator(options)
  open.push(emulator)
  return emulator
}

async function audio(more: { seconds?: number; silent?: boolean } = {}): Promise<PreparedAudio> {
  const seconds = more.seconds ?? 1
  const path = join(directory, 'voice.wav')
  await writeFile(path, wav({ seconds, amplitude: more.silent ? 0 : 0.5 }))
  return {
    path,
    durationMs: seconds * 1000,
    silences: [],
    silent: more.silent ?? false,
    dispose: async () => undefined,
  }
}

function opened(options: TranscribeOptions = {}) {
  const transcriber = openTranscribe(options)
  open.push(transcriber)
  return transcriber.transcribe
}

async function hear(
  baseUrl: string,
  more: { audio?: PreparedAudio; apiKey?: string; language?: string; signal?: AbortSignal } = {},
  options: TranscribeOptions = {},
) {
  const server = {
    id: 'w',
    name: 'Ears',
    baseUrl,
    ...(more.apiKey === undefined ? {} : { apiKey: more.apiKey }),
  }
  const language = more.language === undefined ? {} : { language: more.language }
  const request = { server, model: 'demo-whisper', audio: more.audio ?? (await audio()), ...language }
  return opened(options)(request, more.signal ?? never)
}

test('sends the sound with the key and gets the words', async () => {
  const emulator = await start({ apiKey: 'sesame' })
  emulator.script({ text: ' Guten Tag. \n', language: 'de' })
  expect(await hear(emulator.baseUrl, { apiKey: 'sesame', language: 'de' })).toEqual({
    text: 'Guten Tag.',
    language: 'de',
    doubtful: false,
  })
  expect(emulator.requests[0]).toMatchObject({
    audio: { container: 'wav', sampleRate: 16_000, channels: 1, durationMs: 1000 },
    form: { model: 'demo-whisper', responseFormat: 'verbose_json', temperature: 0, language: 'de' },
  })
})

test.skipIf(ffmpeg === undefined)(
  'a voice note goes all the way, and the demo says that it is one',
  async () => {
    const emulator = await start()
    const args = ['-f', 'lavfi', '-i', 'sine=duration=2', '-c:a', 'libopus', '-ar', '48000', '-ac', '2']
    const note = await makeSound(ffmpeg ?? '', 'note.ogg', args)
    const prepare = createPrepareAudio({ tempDir: directory })
    const prepared = await prepare(inPieces(note), { maxBytes: 1_000_000, maxDurationMs: 60_000 }, never)
    const transcript = await hear(emulator.baseUrl, { audio: prepared })
    expect(transcript).toMatchObject({ text: expect.stringContaining('demo listener'), doubtful: false })
    expect(emulator.requests[0]?.audio).toMatchObject({ container: 'wav', sampleRate: 16_000, channels: 1 })
    await prepared.dispose()
  },
)

describe('doubt', () => {
  test('words in silence are doubtful, no words are not', async () => {
    const emulator = await start()
    const silence = await audio({ silent: true })
    emulator.script({ text: 'Thanks for watching!' })
    expect(await hear(emulator.baseUrl, { audio: silence })).toMatchObject({
      text: 'Thanks for watching!',
      doubtful: true,
    })
    expect(await hear(emulator.baseUrl, { audio: silence })).toMatchObject({ text: '', doubtful: false })
  })

  test.each([
    ['the server hears no speech', { noSpeechProb: 0.8 }, true],
    ['the words are unlikely', { avgLogprob: -1.3 }, true],
    ['the words repeat', { compressionRatio: 3 }, true],
    ['all is well', {}, false],
  ])('%s', async (_name, doubts, doubtful) => {
    const emulator = await start()
    emulator.script({
      segments: [
        { text: 'One.', start: 0, end: 2 },
        { text: ' Two.', start: 2, end: 6, ...doubts },
      ],
    })
    expect(await hear(emulator.baseUrl)).toMatchObject({ text: 'One. Two.', doubtful })
  })

  test('one doubtful word in a long speech does not spoil it', async () => {
    const emulator = await start()
    emulator.script({
      segments: [
        { text: 'A long speech.', start: 0, end: 20 },
        { text: ' Erm.', start: 20, end: 21, noSpeechProb: 0.9 },
      ],
    })
    expect(await hear(emulator.baseUrl)).toMatchObject({ doubtful: false })
  })

  test('a text that only repeats itself is doubtful even where the server says nothing', async () => {
    const emulator = await start({ verboseJson: false })
    emulator.script({ text: 'and then we went there '.repeat(30) })
    emulator.script({
      text:
        'We met on Tuesday to talk about the budget for next year, and agreed that Maria will ask three firms for ' +
        'their prices before the end of the month; the old contract runs out in June.',
    })
    expect(await hear(emulator.baseUrl)).toMatchObject({ doubtful: true })
    expect(await hear(emulator.baseUrl)).toMatchObject({ doubtful: false })
  })
})

test('a server without verbose_json is asked in plain JSON, and from then on at once', async () => {
  const emulator = await start({ verboseJson: false })
  emulator.script({ text: 'Hello.', times: 2 })
  const transcribe = opened()
  const server = { id: 'w', name: 'Ears', baseUrl: emulator.baseUrl }
  for (let round = 0; round < 2; round += 1) {
    expect(await transcribe({ server, audio: await audio() }, never)).toEqual({
      text: 'Hello.',
      doubtful: false,
    })
  }
  expect(emulator.requests.map(({ form }) => form.responseFormat)).toEqual(['verbose_json', 'json', 'json'])
})

describe('servers that fail', () => {
  const vllm = {
    error: { message: 'Maximum file size exceeded', type: 'BadRequestError', param: null, code: 400 },
  }
  test.each([
    ['vLLM', { status: 400, body: vllm }, 'refused', 'never', 'Maximum file size exceeded'],
    [
      'speaches',
      { status: 415, body: { detail: 'Failed to decode audio' } },
      'refused',
      'never',
      'Failed to decode',
    ],
    [
      'whisper.cpp with 200',
      { status: 200, body: { error: 'failed to read audio' } },
      'refused',
      'never',
      'failed to read',
    ],
    ['the wrong key', { status: 401, body: { error: 'Unauthorized' } }, 'refused', 'never', 'answered 401'],
    [
      'a model that is not there',
      { status: 404, body: { detail: 'Model is not installed' } },
      'refused',
      'never',
      'not installed',
    ],
    [
      'busy',
      { status: 503, body: { error: { message: 'queue full' } } },
      'overloaded',
      'later',
      'queue full',
    ],
    [
      'a limit',
      { status: 429, headers: { 'retry-after': '3' }, body: {} },
      'overloaded',
      'after',
      'answered 429',
    ],
    [
      'a crash',
      { status: 500, body: { error: { message: 'CUDA error' } } },
      'unreachable',
      'later',
      'CUDA error',
    ],
    ['a page', { status: 200, body: '<html>' }, 'unreachable', 'later', 'no transcript'],
    [
      'a log-in page',
      { status: 302, headers: { location: '/login' }, body: '' },
      'unreachable',
      'later',
      'answered 302',
    ],
    ['a flood', { status: 200, body: 'x'.repeat(5_000_000) }, 'unreachable', 'later', 'more than'],
  ] as const)('%s', async (_name, trouble, kind, retry, words) => {
    const emulator = await start()
    emulator.script({ trouble })
    await expect(hear(emulator.baseUrl)).rejects.toMatchObject({
      code: `speech_${kind}`,
      retry: { kind: retry },
      message: expect.stringMatching(new RegExp(`^Ears: .*${words}`)),
      sentence: { key: expect.stringMatching(/^voice\.server_/) },
    })
  })

  test('gone, cut off, and hanging', async () => {
    const emulator = await start()
    emulator.script({ trouble: 'cut' })
    await expect(hear(emulator.baseUrl)).rejects.toMatchObject({ code: 'speech_unreachable' })
    emulator.script({ trouble: 'hang' })
    await expect(hear(emulator.baseUrl, {}, { waitMs: 80, waitPerSecondMs: 0 })).rejects.toMatchObject({
      code: 'speech_timeout',
      sentence: { key: 'voice.server_slow' },
    })
    await vi.waitFor(() => expect(emulator.requests[1]?.aborted).toBe(true))
    await emulator.close()
    await expect(hear(emulator.baseUrl)).rejects.toMatchObject({
      code: 'speech_unreachable',
      message: expect.stringContaining('ECONNREFUSED'),
    })
  })

  test('an abort throws its own reason and hangs up', async () => {
    const emulator = await start()
    emulator.script({ trouble: 'hang' })
    const controller = new AbortController()
    emulator.onChange(() => controller.abort(new Error('message deleted')))
    await expect(hear(emulator.baseUrl, { signal: controller.signal })).rejects.toThrow('message deleted')
    await vi.waitFor(() => expect(emulator.requests[0]?.aborted).toBe(true))
  })
})
