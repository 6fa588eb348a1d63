import { setTimeout as delay } from 'node:timers/promises'
import ffmpeg from 'fluent-ffmpeg'

export interface ConversionRequest {
  readonly ffmpegPath: string
  readonly input: string
  readonly demuxer: string
  /** Becomes a 16 kHz mono WAV with a header of 44 bytes. */
  readonly output: string
  readonly maxDurationMs: number
  readonly timeoutMs: number
}

export type Conversion =
  | { readonly kind: 'done'; readonly silences: readonly Silence[] }
  /** By its header; a file that lies is cut one second after the limit instead. */
  | { readonly kind: 'too-long' }
  | { readonly kind: 'no-audio' }
  | { readonly kind: 'no-ffmpeg' }
  | { readonly kind: 'failed'; readonly detail: string }

export interface Silence {
  readonly fromMs: number
  /** undefined: it lasts to the end; some versions of ffmpeg do not close it. */
  readonly toMs: number | undefined
}

/** A recording of hours with a pause a second. */
const MAX_SILENCES = 50_000
const SILENCE = 'silencedetect=noise=-50dB:d=0.1'
const MAX_ALLOCATION_BYTES = 128 * 1024 * 1024
const DEATH_MS = 2000

/** Runs ffmpeg once. An abort or the time limit kills it; an abort throws the signal's reason. */
export async function convert(request: ConversionRequest, signal: AbortSignal): Promise<Conversion> {
  signal.throwIfAborted()
  const command = prepare(request)
  const silences: Silence[] = []
  let estimated = false
  let verdict: Conversion | undefined
  let started = false
  const killed = Promise.withResolvers<void>()
  let dying = false

  const kill = (): void => {
    dying = true
    killed.resolve()
    // Before the start there is no process; the 'start' listener then kills it.
    if (started) command.kill('SIGKILL')
  }
  const end = (result: Conversion): void => {
    verdict ??= result
    kill()
  }
  const ended = new Promise<Conversion>((resolve) => {
    command.on('start', () => {
      started = true
      if (dying) kill()
    })
    command.on('stderr', (line: string) => {
      noteSilence(silences, line)
      if (line.includes('Estimating duration from bitrate')) estimated = true
      const durationMs = headerDuration(line)
      if (durationMs !== undefined && !estimated && durationMs > request.maxDurationMs) {
        end({ kind: 'too-long' })
      }
    })
    command.on('end', () => resolve({ kind: 'done', silences }))
    command.on('error', (error: Error, _stdout: unknown, stderr: unknown) => {
      resolve(failure(error.message, typeof stderr === 'string' ? stderr : ''))
    })
  })
  const timer = setTimeout(() => {
    end({ kind: 'failed', detail: `ffmpeg took longer than ${request.timeoutMs} ms` })
  }, request.timeoutMs)
  signal.addEventListener('abort', kill, { once: true })
  try {
    command.run()
    const result = await Promise.race([ended, killed.promise.then(() => afterDeath(ended))])
    signal.throwIfAborted()
    return verdict ?? result
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', kill)
  }
}

/** A killed ffmpeg is gone at once; this only keeps a process that cannot die from holding its caller. */
async function afterDeath(ended: Promise<Conversion>): Promise<Conversion> {
  const limit = new AbortController()
  const waited = delay(DEATH_MS, undefined, { signal: limit.signal }).then(
    (): Conversion => ({ kind: 'failed', detail: 'ffmpeg did not end' }),
    (): Conversion => ({ kind: 'failed', detail: 'ffmpeg ended' }),
  )
  const result = await Promise.race([ended, waited])
  limit.abort()
  return result
}

function prepare(request: ConversionRequest): ffmpeg.FfmpegCommand {
  // fluent-ffmpeg gives its child the whole environment, secrets included, and takes no other. So what it runs
  // is `env -i`, which becomes `nice`, which becomes ffmpeg: the same process, to be killed by the same id.
  ffmpeg.setFfmpegPath('/usr/bin/env')
  const command = ffmpeg({ source: request.input })
  // It would also run ffmpeg twice before, without a time limit, to see whether the names below are known.
  command.availableFormats = (callback) => answer(callback, FORMATS)
  command.availableEncoders = (callback) => answer(callback, {})
  return command
    .inputOptions(
      ...['-i', 'PATH=/usr/bin:/bin', 'nice', '-n', '10', request.ffmpegPath],
      ...['-hide_banner', '-nostdin', '-nostats', '-max_alloc', String(MAX_ALLOCATION_BYTES)],
      ...['-protocol_whitelist', 'file,pipe', '-threads', '1', '-f', request.demuxer],
    )
    .audioFilters(SILENCE)
    .outputOptions(
      ...['-map', '0:a:0', '-vn', '-sn', '-dn', '-map_metadata', '-1', '-threads', '1'],
      ...['-t', String(request.maxDurationMs / 1000 + 1), '-ac', '1', '-ar', '16000', '-c:a', 'pcm_s16le'],
      ...['-fflags', '+bitexact', '-flags:a', '+bitexact', '-f', 'wav'],
    )
    .output(request.output)
}

/** Its types demand an Error even where there is none. */
function answer(callback: (...args: never[]) => void, result: object): void {
  Reflect.apply(callback, undefined, [null, result])
}

/** Says yes to every format fluent-ffmpeg asks about: ffmpeg itself knows best. */
const FORMATS: ffmpeg.Formats = new Proxy<ffmpeg.Formats>(
  {},
  {
    has: () => true,
    get: () => ({ description: '', canDemux: true, canMux: true }),
  },
)

/** `  Duration: 00:01:02.34, start: …`, indented by two; the lines of a file's own tags are deeper. */
function headerDuration(line: string): number | undefined {
  const found = /^ {2}Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)/.exec(line)
  if (!found) return undefined
  const [, hours, minutes, seconds] = found
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
}

function noteSilence(silences: Silence[], line: string): void {
  if (!line.startsWith('[silencedetect @')) return
  const start = /silence_start: (-?[\d.]+)/.exec(line)?.[1]
  if (start !== undefined && silences.length < MAX_SILENCES)
    silences.push({ fromMs: Math.max(0, Number(start) * 1000), toMs: undefined })
  const end = /silence_end: ([\d.]+)/.exec(line)?.[1]
  const open = silences.at(-1)
  if (end !== undefined && open !== undefined && open.toMs === undefined)
    silences[silences.length - 1] = { ...open, toMs: Number(end) * 1000 }
}

/** Keeps of ffmpeg's words only its exit: the others name temporary files and repeat the recording's tags. */
function failure(message: string, stderr: string): Conversion {
  if (/matches no streams|does not contain any stream/i.test(stderr)) return { kind: 'no-audio' }
  const exit = /^ffmpeg (exited with code (\d+)|was killed with signal \w+)/.exec(message)
  // 126 and 127 are what `env` and `nice` say when they cannot run what they are given.
  if (exit?.[2] === '126' || exit?.[2] === '127' || !exit) return { kind: 'no-ffmpeg' }
  return { kind: 'failed', detail: exit[0] }
}
