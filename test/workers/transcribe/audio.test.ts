import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { readAudioHeader } from '../../../src/simulator/models/index.ts'
import { createPrepareAudio, type PrepareAudioOptions } from '../../../workers/transcribe/audio.ts'
import { findFfmpeg } from '../../../workers/transcribe/ffmpeg-binary.ts'
import { wav } from '../../simulator/models/wav.ts'
import { inPieces, makeSound, speak } from './sound.ts'

const ffmpeg = await findFfmpeg()
if (ffmpeg === undefined) console.info('no ffmpeg on this machine: tests that convert sound are skipped')

const limits = { maxBytes: 5_000_000, maxDurationMs: 60_000 }
const never = new AbortController().signal
const sine = ['-f', 'lavfi', '-i', 'sine=frequency=440:duration=2']

let tempDir: string

beforeEach(async () => {
  tempDir = await mkdtemp(join(tmpdir(), 'brainall-test-'))
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(tempDir, { recursive: true, force: true })
})

function prepare(bytes: Buffer, options: PrepareAudioOptions = {}, more: Partial<typeof limits> = {}) {
  return createPrepareAudio({ tempDir, ...options })(inPieces(bytes), { ...limits, ...more }, never)
}

function sound(name: string, ...args: string[]): Promise<Buffer> {
  return makeSound(ffmpeg ?? 'ffmpeg', name, args)
}

async function leftovers(): Promise<string[]> {
  return (await readdir(tempDir)).filter((name) => name.startsWith('brainall-voice-'))
}

/** A stand-in for ffmpeg that gives its version and then does what the script says. */
async function fakeFfmpeg(script: string): Promise<string> {
  const path = join(tempDir, 'ffmpeg')
  await writeFile(
    path,
    `#!/bin/sh\ncase "$*" in *-version*) echo "ffmpeg version 0"; exit 0;; esac\n${script}\n`,
  )
  await chmod(path, 0o755)
  return path
}

describe.skipIf(ffmpeg === undefined)('with the real ffmpeg', () => {
  test.each([
    ['voice.ogg', [...sine, '-c:a', 'libopus']],
    ['voice.m4a', [...sine, '-c:a', 'aac']],
    ['voice.mp3', [...sine]],
    ['voice.flac', [...sine, '-ac', '2', '-ar', '48000']],
    ['voice.webm', [...sine, '-c:a', 'libopus', '-live', '1']],
    ['video.mp4', [...sine, '-f', 'lavfi', '-i', 'testsrc=duration=2:size=64x64', '-c:a', 'aac']],
  ])('%s becomes a 16 kHz mono WAV', async (name, args) => {
    const audio = await prepare(await sound(name, ...args))
    expect(readAudioHeader(await readFile(audio.path))).toMatchObject({
      container: 'wav',
      sampleRate: 16_000,
      channels: 1,
      durationMs: audio.durationMs,
      silent: false,
    })
    expect(audio.durationMs).toBeGreaterThan(1900)
    expect(audio.durationMs).toBeLessThan(2200)
    expect(audio.silent).toBe(false)
    expect((await stat(dirname(audio.path))).mode & 0o777).toBe(0o700)
    await audio.dispose()
    expect(await leftovers()).toEqual([])
  })

  test('silence is known from sound', async () => {
    const silence = await sound('s.ogg', '-f', 'lavfi', '-i', 'anullsrc', '-t', '2', '-c:a', 'libopus')
    expect(await prepare(silence)).toMatchObject({ silent: true })
    const hiss = await sound('h.wav', '-f', 'lavfi', '-i', 'anoisesrc=amplitude=0.0005:duration=1')
    expect(await prepare(hiss)).toMatchObject({ silent: true })
    expect(await prepare(wav({ seconds: 0.3 }))).toMatchObject({ silent: false })
    const speech = await speak('Hello, can you hear me?')
    if (speech) expect(await prepare(speech)).toMatchObject({ silent: false })
  })

  test.each([
    ['a document', '%PDF-1.7\n%âãÏÓ\n1 0 obj\n'],
    ['plain text', 'This is a voice message, believe me.'],
    ['nothing', ''],
    ['a playlist', '#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n'],
    ['a list of files', "ffconcat version 1.0\nfile '/etc/passwd'\n"],
    ['a page', '<!DOCTYPE html><title>Log in</title>'],
  ])('%s is no audio', async (_name, content) => {
    await expect(prepare(Buffer.from(content))).rejects.toMatchObject({
      code: 'audio_not_audio',
      retry: { kind: 'never' },
      sentence: { key: 'voice.not_audio' },
    })
    expect(await leftovers()).toEqual([])
  })

  test('a film without sound is no audio', async () => {
    const film = await sound('film.mp4', '-f', 'lavfi', '-i', 'testsrc=duration=1:size=64x64')
    await expect(prepare(film)).rejects.toMatchObject({ code: 'audio_not_audio' })
  })

  test('a damaged recording is said to be damaged', async () => {
    const bytes = await sound('voice.ogg', ...sine, '-c:a', 'libopus')
    await expect(prepare(bytes.subarray(0, 60))).rejects.toMatchObject({
      code: 'audio_unreadable',
      sentence: { key: 'voice.unreadable' },
    })
    const half = await prepare(bytes.subarray(0, bytes.length / 2))
    expect(half.durationMs).toBeGreaterThan(500)
  })

  test('too long is refused by the header, and by the sound where the header is silent', async () => {
    const told = { code: 'audio_too_long', sentence: { key: 'voice.too_long', values: { minutes: 1 } } }
    const header = await sound('voice.mp3', ...sine)
    await expect(prepare(header, {}, { maxDurationMs: 1000 })).rejects.toMatchObject(told)
    const live = await sound('live.webm', ...sine, '-c:a', 'libopus', '-live', '1')
    await expect(prepare(live, {}, { maxDurationMs: 500 })).rejects.toMatchObject(told)
    expect(await leftovers()).toEqual([])
  })

  test('too large is refused while it arrives', async () => {
    let taken = 0
    let closed = false
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          taken += 1000
          yield Buffer.alloc(1000)
        }
      } finally {
        closed = true
      }
    }
    const run = createPrepareAudio({ tempDir })(endless(), { ...limits, maxBytes: 1_000_000 }, never)
    await expect(run).rejects.toMatchObject({
      code: 'audio_too_large',
      sentence: { key: 'voice.too_large', values: { megabytes: 1 } },
    })
    expect(taken).toBeLessThanOrEqual(1_001_000)
    expect(closed).toBe(true)
    expect(await leftovers()).toEqual([])
  })

  test('a failing source fails as it failed', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(10)
      throw new Error('the file link has expired')
    }
    await expect(createPrepareAudio({ tempDir })(failing(), limits, never)).rejects.toThrow(
      'link has expired',
    )
    expect(await leftovers()).toEqual([])
  })
})

describe('when ffmpeg misbehaves', () => {
  const voice = wav({ seconds: 1 })

  test.each([
    ['hangs', 'exec sleep 600'],
    ['crashes', 'kill -SEGV $$'],
    ['fails', 'exit 1'],
    ['writes nothing', 'for last; do :; done; head -c 44 /dev/zero > "$last"'],
  ])('%s', async (_name, script) => {
    const ffmpegPath = await fakeFfmpeg(script)
    await expect(prepare(voice, { ffmpegPath, convertMs: 300 })).rejects.toMatchObject({
      code: 'audio_unreadable',
      retry: { kind: 'never' },
    })
    expect(await leftovers()).toEqual([])
  })

  test('an abort kills it and throws its own reason', async () => {
    const ffmpegPath = await fakeFfmpeg(`echo $$ > "${tempDir}/pid"; exec sleep 600`)
    const controller = new AbortController()
    const run = createPrepareAudio({ tempDir, ffmpegPath })(inPieces(voice), limits, controller.signal)
    run.catch(() => undefined)
    const pid = await vi.waitFor(async () => {
      const text = await readFile(join(tempDir, 'pid'), 'utf8')
      expect(text).toMatch(/^\d+\n$/)
      return Number(text)
    })
    controller.abort(new Error('turn deleted'))
    await expect(run).rejects.toThrow('turn deleted')
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'))
    expect(await leftovers()).toEqual([])
  })

  test('a recording that never comes', async () => {
    const ffmpegPath = await fakeFfmpeg('exit 1')
    const stalled: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }),
    }
    const run = createPrepareAudio({ tempDir, ffmpegPath, receiveMs: 50 })(stalled, limits, never)
    await expect(run).rejects.toMatchObject({ code: 'audio_stalled', retry: { kind: 'later' } })
    expect(await leftovers()).toEqual([])
  })

  test('an abort does not wait for a recording that never comes', async () => {
    const ffmpegPath = await fakeFfmpeg('exit 1')
    const controller = new AbortController()
    const stalled: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          controller.abort(new Error('turn deleted'))
          return new Promise(() => undefined)
        },
      }),
    }
    const run = createPrepareAudio({ tempDir, ffmpegPath })(stalled, limits, controller.signal)
    await expect(run).rejects.toThrow('turn deleted')
    expect(await leftovers()).toEqual([])
  })

  test('there is none, and then there is one', async () => {
    const ffmpegPath = join(tempDir, 'ffmpeg')
    const run = createPrepareAudio({ tempDir, ffmpegPath })
    const missing = { code: 'audio_no_ffmpeg', sentence: { key: 'voice.no_ffmpeg' } }
    await expect(run(inPieces(voice), limits, never)).rejects.toMatchObject(missing)
    await fakeFfmpeg('exit 1')
    await expect(run(inPieces(voice), limits, never)).rejects.toMatchObject({ code: 'audio_unreadable' })
    await rm(ffmpegPath)
    await expect(run(inPieces(voice), limits, never)).rejects.toMatchObject(missing)
  })

  test('it learns nothing of the hub’s environment', async () => {
    vi.stubEnv('BRAINALL_CANARY', 'canary-value')
    const ffmpegPath = await fakeFfmpeg(`env > "${tempDir}/env"; exit 1`)
    await expect(prepare(voice, { ffmpegPath })).rejects.toThrow()
    const seen = await readFile(join(tempDir, 'env'), 'utf8')
    expect(seen).toContain('PATH=')
    expect(seen).not.toContain('canary-value')
  })

  test('it may read nothing but the recording, as what the recording is', async () => {
    const ffmpegPath = await fakeFfmpeg(`echo "$*" > "${tempDir}/args"; exit 1`)
    await expect(prepare(voice, { ffmpegPath })).rejects.toThrow()
    expect(await readFile(join(tempDir, 'args'), 'utf8')).toMatch(
      /-protocol_whitelist file,pipe .*-f wav -i \S+\/input .*-t 61 /,
    )
  })
})

test('a path that is no ffmpeg is not replaced by another', async () => {
  expect(await findFfmpeg(join(tempDir, 'nowhere'))).toBeUndefined()
  expect(await findFfmpeg('/bin/true')).toBeUndefined()
  expect(await findFfmpeg(await fakeFfmpeg('exit 1'))).toBe(join(tempDir, 'ffmpeg'))
})
