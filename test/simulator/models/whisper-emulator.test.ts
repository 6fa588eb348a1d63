import OpenAI, { toFile } from 'openai'
import { afterEach, expect, test } from 'vitest'
import {
  readAudioHeader,
  startWhisperEmulator,
  type WhisperEmulator,
  type WhisperEmulatorOptions,
} from '../../../src/simulator/models/index.ts'
import { wav } from './wav.ts'

const running: WhisperEmulator[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((emulator) => emulator.close()))
})

async function start(options: WhisperEmulatorOptions = {}): Promise<WhisperEmulator> {
  const emulator = await startWhisperEmulator(options)
  running.push(emulator)
  return emulator
}

function client(emulator: WhisperEmulator): OpenAI {
  return new OpenAI({ baseURL: emulator.baseUrl, apiKey: 'EMPTY', maxRetries: 0, logLevel: 'off' })
}

async function ask(emulator: WhisperEmulator, bytes: Buffer, more: object = {}): Promise<unknown> {
  const file = await toFile(bytes, 'voice.wav')
  return client(emulator).audio.transcriptions.create({ file, model: 'demo-whisper', ...more })
}

test('hears how long the sound is and says that it is the demo', async () => {
  const emulator = await start()
  expect(await ask(emulator, wav({ seconds: 2 }))).toMatchObject({
    text: 'This is the demo listener: I heard 2.0 seconds of sound, but I cannot make out words.',
    usage: { type: 'duration', seconds: 2 },
  })
  expect(emulator.requests[0]).toMatchObject({
    audio: { container: 'wav', sampleRate: 16_000, channels: 1, durationMs: 2000 },
    form: { model: 'demo-whisper', responseFormat: 'json', fileName: 'voice.wav' },
  })
})

test('hears nothing in silence, unless told to imagine something', async () => {
  const emulator = await start()
  emulator.script({
    segments: [{ text: 'Thanks for watching!', start: 0, end: 1, noSpeechProb: 0.9, avgLogprob: -1.4 }],
  })
  const silence = wav({ seconds: 1, amplitude: 0 })
  expect(await ask(emulator, silence, { response_format: 'verbose_json' })).toMatchObject({
    text: 'Thanks for watching!',
    duration: '1',
    segments: [{ no_speech_prob: 0.9, avg_logprob: -1.4 }],
  })
  expect(await ask(emulator, silence, { response_format: 'verbose_json' })).toMatchObject({
    text: '',
    segments: [],
  })
})

test.each([
  [
    'what is no audio',
    Buffer.from('%PDF-1.7 and so on, long enough to be looked at'),
    {},
    400,
    'Invalid or unsupported',
  ],
  ['another model', wav({ seconds: 1 }), { model: 'whisper-9' }, 404, 'does not exist'],
  ['subtitles', wav({ seconds: 1 }), { response_format: 'srt' }, 400, 'Currently only support'],
  ['a made-up field', wav({ seconds: 1 }), { flavour: 'mint' }, 400, 'flavour'],
  ['no language code', wav({ seconds: 1 }), { language: 'auto' }, 400, 'Unsupported language'],
  ['a file that is too large', wav({ seconds: 3 }), {}, 400, 'Maximum file size exceeded'],
])('refuses %s', async (_name, bytes, more, status, message) => {
  const emulator = await start({ maxFileBytes: 80_000 })
  await expect(ask(emulator, bytes, more)).rejects.toMatchObject({
    status,
    message: expect.stringContaining(message),
    error: { code: status },
  })
})

test('a WAV cut short still has the length of what is there', () => {
  expect(readAudioHeader(wav({ seconds: 2 }).subarray(0, 44 + 16_000))).toMatchObject({ durationMs: 500 })
  expect(
    readAudioHeader(Buffer.from('RIFF\0\0\0\0WAVEfmt \xff\xff\xff\xff and then nothing more')),
  ).toBeUndefined()
})
