import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startWhisperEmulator, type WhisperEmulator } from '../../../src/simulator/models/index.ts'
import { type Chat, startTelegramChat, type Talk } from '../../support/chats/index.ts'
import { silence, speak, speechMissing } from '../../support/speech.ts'
import type { FaultCase } from '../case.ts'
import { pause } from '../crowd.ts'
import { type Part, percentile, type Setting, texts, withParts } from '../with-parts.ts'

type Whisper = Part & { readonly whisper: WhisperEmulator }

async function speechServer(): Promise<Whisper> {
  const whisper = await startWhisperEmulator()
  return { whisper, environment: { WHISPER_BASE_URL: whisper.baseUrl }, close: () => whisper.close() }
}

const telegramAndSpeech = async (): Promise<readonly [Chat, Whisper]> => [
  await startTelegramChat(),
  await speechServer(),
]

/** A stand-in for ffmpeg that gives its version and then does what the script says. */
async function fakeFfmpeg(script: string): Promise<Part> {
  const directory = await mkdtemp(join(tmpdir(), 'brainall-faults-'))
  const path = join(directory, 'ffmpeg')
  await writeFile(
    path,
    `#!/bin/sh\ncase "$*" in *-version*) echo "ffmpeg version 0"; exit 0;; esac\n${script}\n`,
  )
  await chmod(path, 0o755)
  return { environment: { FFMPEG_PATH: path }, close: () => rm(directory, { recursive: true }) }
}

/** Asks in writing for a while; how long each answer took. */
async function write({ stage, expect }: Setting, talk: Talk, rounds: number): Promise<number[]> {
  const waits: number[] = []
  for (let n = 0; n < rounds; n++) {
    stage.model.script({ match: new RegExp(`^written${n}$`, 'm'), text: `Read ${n}.`, tokensPerSecond: 1000 })
    const askedAt = performance.now()
    talk.say(`written${n}`)
    await expect(`the answer to written${n}`, () => texts(talk).includes(`Read ${n}.`))
    waits.push(performance.now() - askedAt)
    await pause(300)
  }
  return waits
}

const cases: readonly FaultCase[] = [
  {
    numbers: [37],
    name: 'the speech server hangs: told once, text answers as before',
    run: (settings) =>
      withParts(settings, telegramAndSpeech, async (setting, chat, { whisper }) => {
        const { faults, expect } = setting
        const alone = await write(setting, chat.direct(), 10)
        whisper.script({ times: Number.POSITIVE_INFINITY, trouble: 'hang' })
        const voices = Array.from({ length: 4 }, () => chat.direct())
        for (const talk of voices) talk.voice(speak('hello there'), 1)
        const startedAt = performance.now()
        const beside = await write(setting, chat.direct(), 10)
        const [before, after] = [percentile(alone, 0.95), percentile(beside, 0.95)]
        if (after > before * 1.5 + 200) faults.push(`text waits ${after} ms instead of ${before} ms`)
        const told = (talk: Talk) => /took too long/.test(texts(talk).join())
        await expect('a reason for the first two', () => voices.filter(told).length >= 2, 80_000)
        const first = Math.round((performance.now() - startedAt) / 1000)
        await expect('a reason for all', () => voices.every(told), 80_000)
        for (const talk of voices) if (talk.answers().length !== 1) faults.push(JSON.stringify(texts(talk)))
        return { note: `told after ${first} s; text p95 ${before} ms alone, ${after} ms beside` }
      }),
  },
  {
    numbers: [37],
    name: 'the speech server crashes, refuses, talks nonsense, hears words in silence',
    run: (settings) =>
      withParts(settings, telegramAndSpeech, async ({ stage, faults, expect }, chat, { whisper }) => {
        const heard = async (what: string, note: Buffer, told: RegExp): Promise<void> => {
          const talk = chat.direct()
          talk.voice(note, 2)
          if (!(await expect(what, () => told.test(texts(talk).join()), 25_000)))
            faults.push(JSON.stringify(texts(talk)))
          whisper.clearScript()
        }
        const note = speak('hello there')
        whisper.script({ trouble: 'cut' })
        whisper.script({ text: 'hello there' })
        await heard('a crash is tried again', note, /hello there/)
        whisper.script({ times: 9, trouble: 'cut' })
        await heard('a server that stays away', note, /does not answer/)
        whisper.script({ times: 9, trouble: { status: 200, body: '<html>Log in</html>' } })
        await heard('a page', note, /does not answer/)
        whisper.script({ trouble: { status: 400, body: { error: { message: 'no' } } } })
        await heard('a refusal', note, /refused it/)
        whisper.script({ text: 'Thank you for watching.' })
        await heard('silence', silence(3), /heard no words/)
        if (whisper.requests.some(({ audio }) => audio?.silent))
          faults.push('silence was sent to be listened to')
        whisper.script({
          segments: [
            { text: 'Thank you for watching.', start: 0, end: 1, noSpeechProb: 0.95, avgLogprob: -1.4 },
          ],
        })
        await heard('what the server doubts', note, /not sure I heard/)
        await expect('no turn left open', async () => {
          const open = await stage.query("select 1 from turns where state in ('ready', 'working')")
          return open.length === 0
        })
        return {}
      }),
  },
  {
    numbers: [38],
    name: 'ffmpeg hangs: killed, told, the next text answered',
    run: (settings) =>
      withParts(
        settings,
        async () =>
          [await startTelegramChat(), await speechServer(), await fakeFfmpeg('exec sleep 300')] as const,
        async ({ stage, expect }, chat, _speech, _ffmpeg) => {
          const talk = chat.direct()
          talk.voice(speak('hello'), 1)
          const writing = chat.direct()
          stage.model.script({ text: 'Read.' })
          writing.say('written')
          await expect('text meanwhile', () => texts(writing).includes('Read.'))
          await expect('a reason', () => /could not read this recording/.test(texts(talk).join()), 80_000)
          return {}
        },
      ),
  },
  {
    numbers: [38],
    name: 'ffmpeg crashes, or is not there: told at once',
    run: (settings) =>
      withParts(
        settings,
        async () =>
          [await startTelegramChat(), await speechServer(), await fakeFfmpeg('kill -SEGV $$')] as const,
        async ({ stage, hub, expect }, chat, _speech, _ffmpeg) => {
          const talk = chat.direct()
          talk.voice(speak('hello'), 1)
          await expect('a reason for the crash', () =>
            /could not read this recording/.test(texts(talk).join()),
          )
          hub.signal('SIGTERM')
          await hub.ended
          await stage.start({ FFMPEG_PATH: '/nowhere/ffmpeg' })
          const other = chat.direct()
          other.voice(speak('hello'), 1)
          await expect('a reason for nothing', () => /no ffmpeg/.test(texts(other).join()))
          return {}
        },
      ),
  },
]

/** What becomes of voice. */
export const speech: readonly FaultCase[] =
  speechMissing === undefined
    ? cases
    : cases.map((one) => ({ ...one, run: () => Promise.resolve({ faults: [`not run: ${speechMissing}`] }) }))
