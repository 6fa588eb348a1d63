import { describe, expect, test, vi } from 'vitest'
import { HubError } from '../../../src/model/errors.ts'
import { slackSignature } from '../../../src/simulator/slack/index.ts'
import { committed, connect, credentialsOf, runReceiver, settled, startSlack } from './connection.ts'

const MODES = ['socket', 'http'] as const

function failing(times: number, retry: 'never' | 'later' = 'later') {
  let left = times
  return () => {
    left -= 1
    if (left >= 0) throw new HubError('database_down', 'the database is down', { retry: { kind: retry } })
  }
}

describe.each(MODES)('deliveries by %s', (mode) => {
  test('are acknowledged after the commit only, and come again until then', async () => {
    const slack = await startSlack({ ackTimeoutMs: 400 })
    const maria = slack.addPerson({ name: 'maria' })
    const direct = slack.direct(maria)
    const connection = await connect(slack, { mode, refuse: failing(2) })

    const said = slack.say(direct, maria, { text: 'important' })

    expect(await committed(connection, 1)).toMatchObject([{ messageId: said.ts, text: 'important' }])
    await settled(slack)
    const [delivery] = slack.deliveries
    const refused = mode === 'socket' ? 'timeout' : 'http_error'
    expect(delivery?.attempts.map(({ outcome }) => outcome)).toEqual([refused, refused, 'acked'])
    expect(connection.events[0]?.eventId).toBe(delivery?.id)
  })

  test('that nobody could ever store are acknowledged and logged', async () => {
    const slack = await startSlack()
    const maria = slack.addPerson({ name: 'maria' })
    const connection = await connect(slack, { mode, refuse: failing(1, 'never') })
    slack.say(slack.direct(maria), maria, { text: 'poison' })
    await settled(slack)
    expect(slack.deliveries[0]?.attempts).toHaveLength(1)
    expect(connection.events).toEqual([])
    expect(connection.log.lines).toContainEqual(expect.objectContaining({ level: 'error' }))
  })

  test('come again under the same event id', async () => {
    const slack = await startSlack()
    const maria = slack.addPerson({ name: 'maria' })
    const connection = await connect(slack, { mode })
    slack.say(slack.direct(maria), maria, { text: 'one' })
    await settled(slack)
    const [delivery] = slack.deliveries
    if (!delivery) throw new Error('nothing was delivered')
    expect(await slack.redeliver(delivery)).toMatchObject([{ ok: true }])
    const events = await committed(connection, 2)
    expect(events[1]).toEqual(events[0])
  })

  test('are acknowledged while an answer is still on its way, and hold up nobody', async () => {
    const slack = await startSlack()
    const maria = slack.addPerson({ name: 'maria' })
    const direct = slack.direct(maria)
    const held = Promise.withResolvers<void>()
    const connection = await connect(slack, { mode, answer: () => held.promise })
    slack.say(direct, maria, { text: 'one' })
    slack.say(direct, maria, { text: 'two' })
    expect(await committed(connection, 2)).toMatchObject([{ text: 'one' }, { text: 'two' }])
    await settled(slack)
    held.resolve()
  })
})

describe('Socket Mode', () => {
  test('an announced end loses nothing: the next connection is there first', async () => {
    const slack = await startSlack()
    const maria = slack.addPerson({ name: 'maria' })
    const direct = slack.direct(maria)
    const connection = await connect(slack)
    const opened = countOpens(slack)
    slack.sockets.disconnect('warning', 60_000)
    await vi.waitFor(() => expect(slack.sockets.open).toBe(1), 5_000)
    slack.say(direct, maria, { text: 'after' })
    await committed(connection, 1)
    expect(opened()).toBe(1)
    await settled(slack)
  })

  test('a broken connection is opened again, and what was said meanwhile arrives', async () => {
    const slack = await startSlack({ retryDelaysMs: [0, 2_000, 2_000] })
    const maria = slack.addPerson({ name: 'maria' })
    const direct = slack.direct(maria)
    const connection = await connect(slack)
    slack.sockets.cut()
    await vi.waitFor(() => expect(slack.sockets.open).toBe(0))
    slack.say(direct, maria, { text: 'said meanwhile' })
    expect(await committed(connection, 1)).toMatchObject([{ text: 'said meanwhile' }])
    expect(slack.sockets.open).toBe(1)
    expect(connection.states).toHaveLength(1)
  })

  test('a connection that cannot be had again is reported to whoever runs it', async () => {
    const slack = await startSlack()
    const connection = await connect(slack)
    slack.faults.add({ match: /apps\.connections\.open/, effect: { kind: 'cut' }, times: 1 })
    slack.sockets.cut()
    expect(await connection.ended).toMatchObject({ code: 'platform_unreachable', retry: { kind: 'later' } })
  })

  test('an envelope without an event does no harm', async () => {
    const slack = await startSlack()
    const maria = slack.addPerson({ name: 'maria' })
    const direct = slack.direct(maria)
    const connection = await connect(slack)
    slack.say(direct, maria, { text: 'one' })
    await settled(slack)
    const [delivery] = slack.deliveries
    if (!delivery) throw new Error('nothing was delivered')
    const payload = { type: 'app_rate_limited', team_id: slack.team.id, minute_rate_limited: 1 }
    expect(await slack.redeliver({ ...delivery, payload, attempts: [] })).toMatchObject([{ ok: true }])
    slack.say(direct, maria, { text: 'two' })
    expect(await committed(connection, 2)).toMatchObject([{ text: 'one' }, { text: 'two' }])
    expect(connection.log.lines).toContainEqual(expect.objectContaining({ level: 'warn' }))
  })

  test('stops within five seconds, what is under way included', async () => {
    const slack = await startSlack()
    const maria = slack.addPerson({ name: 'maria' })
    const refuse = vi.fn(() => new Promise<void>(() => undefined))
    const connection = await connect(slack, { refuse })
    slack.say(slack.direct(maria), maria, { text: 'hangs' })
    await vi.waitFor(() => expect(refuse).toHaveBeenCalled())
    const before = performance.now()
    await connection.stop()
    expect(performance.now() - before).toBeLessThan(5_000)
    await vi.waitFor(() => expect(slack.sockets.open).toBe(0))
  })

  test('stops at once while a connection is being opened', async () => {
    const slack = await startSlack()
    const asked = countOpens(slack)
    slack.faults.add({ match: /apps\.connections\.open/, effect: { kind: 'delay', ms: 60_000 }, times: 1 })
    const connection = runReceiver(credentialsOf(slack))
    await vi.waitFor(() => expect(asked()).toBe(1))
    const before = performance.now()
    await connection.stop()
    expect(performance.now() - before).toBeLessThan(2_000)
  })
})

describe('HTTP', () => {
  async function door() {
    const slack = await startSlack()
    const connection = await connect(slack, { mode: 'http' })
    const post = async (
      body: string,
      change: { age?: number; signature?: string; type?: string; method?: string } = {},
    ) => {
      const timestamp = Math.floor(Date.now() / 1000) - (change.age ?? 0)
      const answer = await connection.receiver.http?.({
        method: change.method ?? 'POST',
        url: '/slack/events',
        headers: {
          'content-type': change.type ?? 'application/json',
          'x-slack-request-timestamp': String(timestamp),
          'x-slack-signature': change.signature ?? slackSignature(slack.signingSecret, timestamp, body),
        },
        rawBody: Buffer.from(body),
      })
      return answer?.status
    }
    return { slack, connection, post }
  }

  test('what is not signed by Slack, or long ago, is refused', async () => {
    const { post, connection } = await door()
    const body = JSON.stringify({ type: 'event_callback', event_id: 'Ev1' })
    expect(await post(body)).toBe(200)
    expect(await post(body, { age: 301 })).toBe(401)
    expect(await post(body, { age: -301 })).toBe(401)
    expect(await post(body, { signature: '' })).toBe(401)
    expect(await post(body, { signature: `v0=${'0'.repeat(64)}` })).toBe(401)
    expect(await post(body, { method: 'GET' })).toBe(405)
    expect(await post('{"type":', {})).toBe(400)
    expect(await post(body, { type: 'text/plain' })).toBe(400)
    expect(connection.events).toEqual([])
  })

  test('the signature is over the bytes as they came', async () => {
    const { slack, post } = await door()
    const timestamp = Math.floor(Date.now() / 1000)
    const signature = slackSignature(slack.signingSecret, timestamp, '{"a":1}')
    expect(await post('{"a": 1}', { signature })).toBe(401)
    expect(await post('{"a":1}', { signature: signature.toUpperCase() })).toBe(401)
  })

  test('a hub that hangs refuses within three seconds', async () => {
    const slack = await startSlack({ retryDelaysMs: [] })
    const maria = slack.addPerson({ name: 'maria' })
    await connect(slack, { mode: 'http', refuse: () => new Promise(() => undefined) })
    slack.say(slack.direct(maria), maria, { text: 'hangs' })
    await vi.waitFor(
      () => expect(slack.deliveries[0]?.attempts).toMatchObject([{ outcome: 'http_error' }]),
      4_000,
    )
    expect(slack.deliveries[0]?.attempts[0]?.tookMs).toBeLessThan(3_000)
  })

  test('before the receiver runs and after it ended, Slack is asked to come again', async () => {
    const { connection, post } = await door()
    await connection.stop()
    expect(await post(JSON.stringify({ type: 'event_callback', event_id: 'Ev1' }))).toBe(503)
  })
})

describe('credentials', () => {
  test('a refused bot token, app token and a missing platform are told apart', async () => {
    const slack = await startSlack()
    const good = credentialsOf(slack)
    const wrongBot = runReceiver({ ...good, botToken: 'xoxb-wrong' })
    expect(await wrongBot.ended).toMatchObject({ code: 'platform_unauthorized', retry: { kind: 'never' } })
    const wrongApp = runReceiver({ ...good, appToken: 'xapp-wrong' })
    expect(await wrongApp.ended).toMatchObject({
      code: 'platform_unauthorized',
      message: 'Slack does not accept the app token',
    })
    const nobody = runReceiver({ ...good, apiUrl: 'http://127.0.0.1:9/api' })
    expect(await nobody.ended).toMatchObject({ code: 'platform_unreachable', retry: { kind: 'later' } })
    for (const { ended, log } of [wrongBot, wrongApp, nobody]) {
      const told = JSON.stringify([await ended, String((await ended) as Error), log.lines])
      expect(told).not.toMatch(/xoxb-|xapp-/)
    }
  })

  test('an app that is removed ends the connection as refused', async () => {
    const slack = await startSlack()
    const connection = await connect(slack)
    slack.uninstall(slack.team)
    expect(await connection.ended).toMatchObject({ code: 'platform_unauthorized' })
  })

  test('the API address may end with a slash or not', async () => {
    const slack = await startSlack()
    const connection = runReceiver({ ...credentialsOf(slack), apiUrl: slack.apiUrl.replace(/\/$/, '') })
    await vi.waitFor(() => expect(connection.states).toMatchObject([{ kind: 'connected' }]), 5_000)
    expect(connection.states).toMatchObject([
      { account: expect.stringContaining(slack.team.name), workspaces: [{ externalId: slack.team.id }] },
    ])
  })
})

function countOpens(slack: Awaited<ReturnType<typeof startSlack>>): () => number {
  let count = 0
  slack.onRequest(({ path }) => {
    if (path.includes('apps.connections.open')) count += 1
  })
  return () => count
}
