import { connect, type Socket } from 'node:net'
import type { FaultCase } from '../case.ts'
import { pause } from '../crowd.ts'
import { eventually, inScene } from '../with-stage.ts'
import { stillRuns } from './storage.ts'

const CLOCK_SHIFT = new URL('../clock-shift.ts', import.meta.url).href
const SOCKETS = 2_000
const PAGE_MS = 1_000
const ADMIN = { ADMIN_EMAIL: 'ana@example.org', ADMIN_PASSWORD: 'a password of many letters' }
const BAD_TEXT = 'na\u0000me \ud800 well'
const GOOD_END = 'all of it.'

/** The clock, what is written, and who knocks. */
export const surroundings: readonly FaultCase[] = [
  {
    numbers: [21],
    name: 'the clock of the hub jumps an hour forward and back while it works',
    run: (settings) =>
      inScene(
        settings,
        { hubEnvironment: { NODE_OPTIONS: `--import ${CLOCK_SHIFT}` } },
        async ({ crowd, hub }) => {
          const asking = new AbortController()
          const asked = crowd.keepAsking(settings.rate, asking.signal)
          for (let n = 0; n < Math.max(3, settings.times); n++) {
            await pause(1_500)
            hub.signal('SIGUSR2')
          }
          asking.abort()
          await asked
          return { faults: await stillRuns(hub) }
        },
      ),
  },
  {
    numbers: [30],
    name: 'NUL and lone surrogates in messages, answers and errors: stored and shown',
    run: (settings) =>
      inScene(settings, {}, async ({ stage }) => {
        const faults: string[] = []
        for (const chat of stage.chats) {
          const talk = chat.direct()
          const seen = async (what: string, check: (text: string) => boolean) => {
            if (!(await eventually(() => talk.answers().some(({ text }) => check(text)), 20_000)))
              faults.push(
                `${chat.platform}: ${what}: ${JSON.stringify(talk.answers().map(({ text }) => text))}`,
              )
          }
          const reply = { match: /well$/, for: 'any' } as const
          const unscript = stage.model.script({ ...reply, text: `so\u0000me \udfff ${GOOD_END}` })
          talk.say(BAD_TEXT)
          await seen('no whole answer', (text) => text.includes(GOOD_END) && !text.includes('\u0000'))
          unscript()
          const body = { error: { message: 'ba\u0000d \ud800', type: 'BadRequestError', code: 400 } }
          const fail = stage.model.script({
            ...reply,
            times: 9,
            trouble: { kind: 'answer', status: 400, body },
          })
          talk.say(`again ${BAD_TEXT}`)
          await seen('no reason', (text) => text !== '' && !text.includes(GOOD_END) && !/^[…\s]*$/.test(text))
          fail()
        }
        const open = await stage.query("select 1 from turns where state in ('ready', 'working')")
        if (open.length > 0) faults.push(`${open.length} turns left open`)
        return { faults }
      }),
  },
  {
    numbers: [53],
    name: `${SOCKETS} unauthenticated sockets: the admin opens its page, people are answered`,
    run(settings) {
      const port = 20_000 + Math.floor(Math.random() * 20_000)
      const options = { hubEnvironment: { ...ADMIN, PORT: String(port) } }
      return inScene(settings, options, async ({ crowd, hub }) => {
        const address = `http://127.0.0.1:${port}`
        const logIn = await fetch(`${address}/api/v1/login`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ email: ADMIN.ADMIN_EMAIL, password: ADMIN.ADMIN_PASSWORD }),
        })
        const cookie = logIn.headers
          .getSetCookie()
          .map((one) => one.split(';')[0])
          .join('; ')
        const sockets = await Promise.all(Array.from({ length: SOCKETS }, (_, n) => knock(port, n)))
        try {
          const took: number[] = []
          for (let n = 0; n < 5; n++) {
            crowd.ask()
            const startedAt = performance.now()
            const page = await fetch(`${address}/admin`, { headers: { cookie } })
            await page.text()
            took.push(Math.round(performance.now() - startedAt))
            if (page.status !== 200 || page.url.includes('log-in'))
              return { faults: [`the page answered ${page.status} at ${page.url}`] }
          }
          const slow = Math.max(...took) > PAGE_MS ? [`a page took ${Math.max(...took)} ms`] : []
          return { faults: [...slow, ...(await stillRuns(hub))], note: `pages in ${took.join(', ')} ms` }
        } finally {
          for (const socket of sockets) socket.destroy()
        }
      })
    },
  },
]

/** Every second one begins a request and never ends it. */
function knock(port: number, n: number): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      if (n % 2 === 0) socket.write('GET /admin HTTP/1.1\r\nHost: here\r\nX-Slow: ')
      resolve(socket)
    })
    socket.on('error', () => resolve(socket))
  })
}
