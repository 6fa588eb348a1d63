import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, expect, it, vi } from 'vitest'
import { startModelEmulator } from '../../src/simulator/models/index.ts'
import { shown } from '../support/chats/chat.ts'
import {
  type Chat,
  startDiscordChat,
  startMatrixChat,
  startSlackChat,
  startTelegramChat,
} from '../support/chats/index.ts'
import { freePort } from '../support/free-port.ts'
import { type HubProcess, spawnHub, untilRunning } from '../support/hub-process.ts'
import { startTestDatabase } from '../support/postgres.ts'
import { startRedisServer } from '../support/redis-server.ts'
import { services } from '../support/services.ts'

const TAKEOVER_MS = 10_000
const opened: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close()
})

async function open<Opened>(
  opening: Promise<Opened>,
  close: (it: Opened) => Promise<unknown>,
): Promise<Opened> {
  const it = await opening
  opened.push(() => close(it))
  return it
}

it('two gateways, a worker and a web: one gateway is killed, another freezes and wakes; nothing is lost or doubled', async () => {
  const chats = await Promise.all(
    [
      startTelegramChat,
      startSlackChat,
      () => startDiscordChat({ shards: 2, maxConcurrency: 2 }),
      startMatrixChat,
    ].map((start) => open<Chat>(start(), (chat) => chat.close())),
  )
  const model = await open(startModelEmulator(), (one) => one.close())
  const database = await open(startTestDatabase(), (one) => one.close())
  const redisUrl =
    services.redisUrl ?? (await open(startRedisServer(), async (one) => await one?.stop()))?.url
  const dataDir = await open(mkdtemp(join(tmpdir(), 'brainall-roles-')), (path) =>
    rm(path, { recursive: true, force: true }),
  )
  const pool = await open(
    Promise.resolve(new pg.Pool({ connectionString: database.connectionString, max: 1 })),
    (one) => one.end(),
  )
  const shared = {
    DATA_DIR: dataDir,
    DATABASE_URL: database.connectionString,
    ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
    SECRET_KEY: 'one key for all the processes of a hub',
    LLM_BASE_URL: model.baseUrl,
    LOG_LEVEL: 'info',
    ...Object.assign({}, ...chats.map(({ environment }) => environment)),
  }
  const spawn = (
    name: string,
    roles: string,
    more: Readonly<Record<string, string>> = {},
  ): Promise<HubProcess> => {
    const hub = spawnHub({ ...shared, ROLES: roles, ...more })
    opened.push(async () => {
      hub.signal('SIGCONT')
      hub.signal('SIGKILL')
      await hub.ended
    })
    return untilRunning(hub, 60_000).finally(() => note(`${name} runs`))
  }

  const began = performance.now()
  const timeline: string[] = []
  const note = (what: string): void =>
    void timeline.push(`${((performance.now() - began) / 1000).toFixed(2).padStart(7)} s  ${what}`)
  /** One row a connection: its state, and a letter for who holds it. */
  const connections = async () =>
    (
      await pool.query<{ slug: string; state: string; owner: string; held: boolean }>(
        'select slug, state, lease_owner::text as owner, lease_until > now() as held from connections order by slug',
      )
    ).rows
  const allHeldBy = (isRight: (owner: string) => boolean) =>
    vi.waitFor(
      async () => {
        const rows = await connections()
        expect(rows).toHaveLength(4)
        for (const row of rows)
          expect(row, row.slug).toMatchObject({
            state: 'connected',
            held: true,
            owner: expect.toSatisfy(isRight),
          })
        return rows[0]?.owner ?? ''
      },
      { timeout: TAKEOVER_MS, interval: 50 },
    )

  const talks = chats.flatMap((chat) => [
    { chat, talk: chat.direct(), mention: false, name: `${chat.platform} direct` },
    { chat, talk: chat.group(), mention: true, name: `${chat.platform} group` },
  ])
  let said = 0
  const sayEverywhere = (word: string): void => {
    said += 1
    for (const { talk, name, mention } of talks) {
      model.script({
        match: new RegExp(`${word} ${name}`),
        text: `Heard ${word} ${name}.`,
        tokensPerSecond: 200,
      })
      talk.say(`${word} ${name}`, { mention })
    }
  }
  const answeredEverywhere = async (word: string, except?: Chat['platform']): Promise<void> => {
    const asked = talks.filter(({ chat }) => chat.platform !== except)
    await Promise.all(
      asked.map(async ({ chat, talk, name }) => {
        await shown(chat, talk, `Heard ${word} ${name}.`)
        note(`"${word}" is answered in ${name}`)
      }),
    )
  }
  const answersOnce = (): void => {
    for (const { talk, name } of talks) {
      const texts = talk.answers().map(({ text }) => text)
      expect(new Set(texts).size, `${name}: ${texts.join(' | ')}`).toBe(said)
      expect(texts, name).toHaveLength(said)
    }
  }

  const metricsPort = await freePort()
  const first = await spawn('gateway A', 'gateway')
  const [second, worker] = await Promise.all([
    spawn('gateway B', 'gateway'),
    spawn('worker', 'worker', { METRICS_PORT: String(metricsPort) }),
    spawn('web', 'web'),
  ])
  const ownerA = await allHeldBy(() => true)
  sayEverywhere('before')
  await answeredEverywhere('before')
  answersOnce()

  const readMetrics = async () => await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
  // A turn ends a moment after its answer is seen.
  await expect.poll(readMetrics).toMatch(/^brainall_turns_ended_total\{step="reply",end="done"\} 8$/m)
  const metrics = await readMetrics()
  // What the web prints of the hub as a whole would otherwise be counted twice.
  expect(metrics).not.toMatch(/^brainall_connections\{/m)

  note('gateway A is killed (SIGKILL); everybody writes')
  const killedAt = performance.now()
  first.signal('SIGKILL')
  sayEverywhere('orphaned')
  await first.ended
  const ownerB = await allHeldBy((owner) => owner !== ownerA)
  const takeoverMs = performance.now() - killedAt
  note(`gateway B has connected all four, ${(takeoverMs / 1000).toFixed(1)} s after the kill`)
  await answeredEverywhere('orphaned')
  answersOnce()

  await spawn('gateway C', 'gateway')
  note('gateway B freezes (SIGSTOP); everybody writes')
  const frozenAt = performance.now()
  second.signal('SIGSTOP')
  sayEverywhere('frozen')
  await allHeldBy((owner) => owner !== ownerB)
  note(
    `gateway C has connected all four, ${((performance.now() - frozenAt) / 1000).toFixed(1)} s after the freeze`,
  )
  // Slack hands each event to one of the open sockets, and the frozen one is still open.
  await answeredEverywhere('frozen', 'slack')

  note('gateway B wakes up (SIGCONT), with its sockets still open; everybody writes')
  second.signal('SIGCONT')
  sayEverywhere('woken')
  await Promise.all([answeredEverywhere('frozen'), answeredEverywhere('woken')])
  await vi.waitFor(() => expect(second.output.match(/has taken this connection over/g)).toHaveLength(4), {
    timeout: TAKEOVER_MS,
  })
  note('gateway B has let go of all four')
  await allHeldBy((owner) => owner !== ownerB)
  sayEverywhere('after')
  await answeredEverywhere('after')
  answersOnce()
  expect(worker.output).not.toContain('"level":50')
  console.log(timeline.join('\n'))
  expect(takeoverMs).toBeLessThan(TAKEOVER_MS)
}, 180_000)
