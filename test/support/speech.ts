import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const has = (program: string, flag: string): boolean => spawnSync(program, [flag]).status === 0

/** Why spoken recordings cannot be made here; undefined: they can. */
export const speechMissing: string | undefined = !has('ffmpeg', '-version')
  ? 'ffmpeg is not installed'
  : !has('espeak-ng', '--version')
    ? 'espeak-ng is not installed'
    : undefined

/** A voice note as phones record it: OGG Opus, 48 kHz mono. */
export function speak(text: string): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'brainall-speech-'))
  try {
    const wav = join(directory, 'voice.wav')
    const ogg = join(directory, 'voice.ogg')
    execFileSync('espeak-ng', ['-w', wav, text])
    execFileSync('ffmpeg', [
      '-loglevel',
      'error',
      '-i',
      wav,
      '-ar',
      '48000',
      '-ac',
      '1',
      '-c:a',
      'libopus',
      ogg,
    ])
    return readFileSync(ogg)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** A voice note in which nothing is heard. */
export function silence(seconds: number): Buffer {
  return execFileSync('ffmpeg', [
    ...['-loglevel', 'error', '-f', 'lavfi', '-i', 'anullsrc=r=48000:cl=mono', '-t', String(seconds)],
    ...['-c:a', 'libopus', '-f', 'ogg', 'pipe:1'],
  ])
}

/** A long recording: nine seconds of a tone, one of silence, and so on. */
export function longRecording(minutes: number): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'brainall-speech-'))
  try {
    const ogg = join(directory, 'voice.ogg')
    const tone = "aevalsrc='0.3*sin(2*PI*330*t)*lt(mod(t,10),9)':s=16000"
    execFileSync('ffmpeg', [
      ...['-loglevel', 'error', '-f', 'lavfi', '-i', tone, '-t', String(minutes * 60)],
      ...['-ac', '1', '-c:a', 'libopus', '-b:a', '16k', ogg],
    ])
    return readFileSync(ogg)
  } finally {
    rmSync(directory, { recursive: true })
  }
}
