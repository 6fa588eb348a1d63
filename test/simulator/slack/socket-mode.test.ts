import { expect, test, vi } from 'vitest'
import { socketApp, startSlack } from './bolt-app.ts'

test('a mention comes as two events and is answered in its thread', async () => {
  const slack = await startSlack()
  const maria = slack.addPerson({ name: 'maria' })
  const general = slack.addChannel({ name: 'general', members: [maria] })
  const { app, connect } = socketApp(slack)
  const seen: { type: string; id: string; ts: string }[] = []
  app.event('app_mention', async ({ event, body, say }) => {
    seen.push({ type: event.type, id: body.event_id, ts: event.ts })
    await say({ text: `Hello <@${event.user}>`, thread_ts: event.ts })
  })
  app.message(async ({ message, body }) => {
    seen.push({ type: message.type, id: body.event_id, ts: message.ts })
  })
  await connect()

  const question = slack.say(general, maria, { text: `<@${slack.team.botUserId}> is 1 < 2 & 3?` })
  const answer = await slack.messageWhere(general, (message) => message.botId !== undefined)

  expect(answer).toMatchObject({
    text: `Hello <@${maria.id}>`,
    threadTs: question.ts,
    user: slack.team.botUserId,
  })
  expect([...answer.pings]).toEqual([maria.id])
  expect(question.text).toBe(`<@${slack.team.botUserId}> is 1 &lt; 2 &amp; 3?`)
  await vi.waitFor(() => expect(seen).toHaveLength(2))
  expect(new Set(seen.map(({ type }) => type))).toEqual(new Set(['app_mention', 'message']))
  expect(new Set(seen.map(({ id }) => id)).size).toBe(2)
  expect(new Set(seen.map(({ ts }) => ts))).toEqual(new Set([question.ts]))
})

test("the bot's own messages and edits come back to it", async () => {
  const slack = await startSlack()
  const general = slack.addChannel({ name: 'general', members: [] })
  const { app, connect } = socketApp(slack)
  await connect()

  const { ts } = await app.client.chat.postMessage({ channel: general.id, text: 'first' })
  await app.client.chat.update({ channel: general.id, ts: String(ts), text: 'second' })

  expect(slack.messages(general)).toMatchObject([{ text: 'second', edits: [{ text: 'first' }] }])
  const events = slack.deliveries.map(({ payload }) => payload.event)
  expect(events).toMatchObject([
    { type: 'message', bot_id: slack.team.botId, text: 'first', channel_type: 'channel' },
    {
      subtype: 'message_changed',
      message: { text: 'second', bot_id: slack.team.botId },
      previous_message: { text: 'first' },
    },
  ])
})

test('an event that is not acknowledged is sent again, with the attempt and the reason', async () => {
  const slack = await startSlack({ ackTimeoutMs: 50 })
  const maria = slack.addPerson({ name: 'maria' })
  const general = slack.addChannel({ name: 'general', members: [maria] })
  const { app, connect } = socketApp(slack)
  const attempts: unknown[] = []
  // Middleware runs after Bolt acknowledged, so the refusal to acknowledge sits in front of it.
  const receive = app.processEvent.bind(app)
  app.processEvent = async (event) => {
    attempts.push([event.retryNum, event.retryReason])
    if (attempts.length > 2) await receive(event)
  }
  await connect()

  slack.say(general, maria, { text: 'anybody?' })

  const delivery = await slack.until(() => slack.deliveries.find(({ state }) => state === 'acked'))
  expect(attempts).toEqual([
    [0, ''],
    [1, 'timeout'],
    [2, 'timeout'],
  ])
  expect(delivery.attempts.map(({ outcome }) => outcome)).toEqual(['timeout', 'timeout', 'acked'])
})

test('a redelivery repeats the event id', async () => {
  const slack = await startSlack()
  const maria = slack.addPerson({ name: 'maria' })
  const direct = slack.direct(maria)
  const { app, connect } = socketApp(slack)
  const ids: string[] = []
  app.message(async ({ body }) => {
    ids.push(body.event_id)
  })
  await connect()

  const message = slack.say(direct, maria, { text: 'hi' })
  await vi.waitFor(() => expect(ids).toHaveLength(1))
  const outcomes = await slack.redeliver(message)

  expect(outcomes).toMatchObject([{ ok: true }])
  await vi.waitFor(() => expect(ids).toHaveLength(2))
  expect(ids[1]).toBe(ids[0])
})

test('deliveries can be doubled and put out of order', async () => {
  const slack = await startSlack()
  const maria = slack.addPerson({ name: 'maria' })
  const direct = slack.direct(maria)
  const { app, connect } = socketApp(slack)
  const texts: string[] = []
  app.message(async ({ message }) => {
    texts.push('text' in message ? String(message.text) : '')
  })
  await connect()

  let number = 0
  slack.shapeDeliveries(() => {
    number += 1
    return number === 1 ? { delayMs: 60, copies: 2 } : {}
  })
  slack.say(direct, maria, { text: 'one' })
  slack.say(direct, maria, { text: 'two' })

  await vi.waitFor(() => expect(texts).toEqual(['two', 'one', 'one']))
})

test('each event goes to one of several sockets', async () => {
  const slack = await startSlack()
  const maria = slack.addPerson({ name: 'maria' })
  const direct = slack.direct(maria)
  const counts = [0, 0]
  for (const index of [0, 1]) {
    const { app, connect } = socketApp(slack)
    app.message(async () => {
      counts[index] = (counts[index] ?? 0) + 1
    })
    await connect()
  }
  expect(slack.sockets.open).toBe(2)

  for (let n = 0; n < 10; n += 1) slack.say(direct, maria, { text: `message ${n}` })

  await slack.until(() => slack.deliveries.every(({ state }) => state === 'acked') || undefined)
  await vi.waitFor(() => expect(counts).toEqual([5, 5]))
})

test('a refresh makes the client leave; what it did not acknowledge is retried on the next socket', async () => {
  const slack = await startSlack({ retryDelaysMs: [0, 50, 5000] })
  const maria = slack.addPerson({ name: 'maria' })
  const direct = slack.direct(maria)
  const first = socketApp(slack)
  await first.connect()

  slack.sockets.disconnect('refresh_requested')
  slack.say(direct, maria, { text: 'in the gap' })
  const second = socketApp(slack)
  const texts: string[] = []
  second.app.message(async ({ message }) => {
    texts.push('text' in message ? String(message.text) : '')
  })
  await second.connect()

  const delivery = await slack.until(() => slack.deliveries.find(({ state }) => state === 'acked'))
  await vi.waitFor(() => expect(texts).toEqual(['in the gap']))
  expect(delivery.attempts.map(({ outcome }) => outcome).slice(0, 2)).toEqual([
    'connection_failed',
    'connection_failed',
  ])
})

test('a ticket opens one socket', async () => {
  const slack = await startSlack()
  const opened = await fetch(`${slack.apiUrl}apps.connections.open`, {
    method: 'POST',
    headers: { authorization: `Bearer ${slack.appToken}` },
  })
  const { url }: { url?: string } = { ...Object(await opened.json()) }
  const connect = (): Promise<string> =>
    new Promise((resolve) => {
      const socket = new WebSocket(String(url))
      socket.onmessage = ({ data }) => {
        socket.close()
        resolve(String(data))
      }
      socket.onerror = () => resolve('refused')
    })

  expect(JSON.parse(await connect())).toMatchObject({ type: 'hello', num_connections: 1 })
  expect(await connect()).toBe('refused')
})

test('editing, deleting and deleting the root of a thread look as in Slack', async () => {
  const slack = await startSlack()
  const maria = slack.addPerson({ name: 'maria' })
  const general = slack.addChannel({ name: 'general', members: [maria] })
  const root = slack.say(general, maria, { text: 'root' })
  const reply = slack.say(general, maria, { text: 'reply', threadTs: root.ts })

  slack.edit(root, 'root, corrected')
  slack.delete(root)
  slack.delete(reply)

  const changes = slack.deliveries.map(({ payload }) => payload.event).slice(2)
  expect(changes).toMatchObject([
    {
      subtype: 'message_changed',
      message: { text: 'root, corrected', edited: { user: maria.id } },
      previous_message: { text: 'root' },
    },
    { subtype: 'message_changed', message: { subtype: 'tombstone', user: 'USLACKBOT', ts: root.ts } },
    { subtype: 'message_deleted', deleted_ts: reply.ts },
  ])
})
