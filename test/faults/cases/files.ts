import type { FaultEffect } from '../../../src/simulator/faults.ts'
import { startWhisperEmulator } from '../../../src/simulator/models/index.ts'
import { startWireServer } from '../../../src/simulator/wire-server.ts'
import {
  type Chat,
  startDiscordChat,
  startMatrixChat,
  startSlackChat,
  startTelegramChat,
  type Talk,
} from '../../support/chats/index.ts'
import { speak, speechMissing } from '../../support/speech.ts'
import type { FaultCase } from '../case.ts'
import { texts, withParts } from '../with-parts.ts'

const FOR_EVER = Number.POSITIVE_INFINITY

/** What a file is fetched by. */
const FILES = {
  telegram: /\/file\/bot/,
  slack: /\/files-pri\//,
  discord: /GET \/attachments\//,
  matrix: /media\/download/,
} as const

const HEARD = /heard it/
const NOT_FETCHED = /could not fetch this recording/

interface Trouble {
  readonly name: string
  readonly times: number
  readonly effect: FaultEffect
  told(platform: Chat['platform']): RegExp
}

function troublesWith(elsewhere: string): readonly Trouble[] {
  const page = { headers: { 'content-type': 'text/html; charset=utf-8' }, body: '<html>Log in</html>' }
  return [
    { name: 'gone', times: FOR_EVER, effect: { kind: 'answer', status: 404 }, told: () => NOT_FETCHED },
    {
      name: 'a link that expired',
      times: 1,
      effect: { kind: 'answer', status: 404 },
      // Where links expire, a fresh one is asked for; elsewhere 404 is the last word.
      told: (platform) => (platform === 'telegram' || platform === 'discord' ? HEARD : NOT_FETCHED),
    },
    {
      name: 'a redirect',
      times: FOR_EVER,
      effect: { kind: 'answer', status: 302, headers: { location: elsewhere } },
      told: () => NOT_FETCHED,
    },
    {
      name: 'a log-in page',
      times: FOR_EVER,
      effect: { kind: 'answer', status: 200, ...page },
      told: () => NOT_FETCHED,
    },
    { name: 'a cut', times: 1, effect: { kind: 'cut' }, told: () => HEARD },
    { name: '503', times: 1, effect: { kind: 'answer', status: 503 }, told: () => HEARD },
  ]
}

async function speechServer() {
  const whisper = await startWhisperEmulator()
  whisper.script({ times: FOR_EVER, text: 'heard it' })
  return { whisper, environment: { WHISPER_BASE_URL: whisper.baseUrl }, close: () => whisper.close() }
}

async function stranger() {
  let asked = 0
  const server = await startWireServer({
    handle() {
      asked += 1
      return { status: 200, body: 'give me your token' }
    },
  })
  return { url: server.url, asked: () => asked, environment: {}, close: () => server.close() }
}

const cases: readonly FaultCase[] = [
  {
    numbers: [47],
    name: 'files gone, expired, redirected, behind a log-in page, cut: fetched anew or explained',
    run: (settings) =>
      withParts(
        settings,
        async () =>
          [
            await speechServer(),
            await stranger(),
            await startTelegramChat(),
            await startSlackChat(),
            await startDiscordChat(),
            await startMatrixChat(),
          ] as const,
        async ({ faults, expect }, _speech, elsewhere, ...chats) => {
          const note = speak('one two three')
          for (const trouble of troublesWith(elsewhere.url)) {
            await Promise.all(
              chats.map(async (chat) => {
                const { platform } = chat
                const { name, times, effect } = trouble
                const mend = chat.faults.add({ match: FILES[platform], times, effect })
                const talk = chat.direct()
                talk.voice(note, 2)
                const told = trouble.told(platform)
                const what = `${name} on ${platform}`
                if (!(await expect(what, () => told.test(texts(talk).join()), 25_000)))
                  faults.push(`${what}: ${JSON.stringify(texts(talk))}`)
                if (talk.answers().length !== 1) faults.push(`${what}: ${talk.answers().length} answers`)
                mend()
              }),
            )
          }
          if (elsewhere.asked() > 0) faults.push(`${elsewhere.asked()} requests went to another host`)
          return {}
        },
        { environment: { TRANSCRIBE_CONCURRENCY: '4' } },
      ),
  },
  {
    numbers: [47],
    name: 'voice notes while garbage is collected all the time: each heard whole',
    run: (settings) =>
      withParts(
        settings,
        async () => [await startSlackChat(), await startTelegramChat(), await speechServer()] as const,
        async ({ faults, expect }, slack, telegram, _speech) => {
          const note = speak('one two three four five')
          const talks = [slack, telegram].flatMap((chat) => Array.from({ length: 6 }, () => chat.direct()))
          for (const talk of talks) talk.voice(note, 2)
          const answered = (talk: Talk) => /demo model/.test(texts(talk).join())
          await expect('all twelve answered', () => talks.every(answered), 60_000)
          for (const talk of talks) if (!answered(talk)) faults.push(JSON.stringify(texts(talk)))
          return {}
        },
        {
          environment: {
            NODE_OPTIONS: '--expose-gc --import=data:text/javascript,setInterval(gc,300).unref()',
            TRANSCRIBE_CONCURRENCY: '4',
          },
        },
      ),
  },
]

/** What people attach, and how it is fetched. */
export const files: readonly FaultCase[] =
  speechMissing === undefined
    ? cases
    : cases.map((one) => ({ ...one, run: () => Promise.resolve({ faults: [`not run: ${speechMissing}`] }) }))
