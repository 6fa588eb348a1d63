import { expect, test, vi } from 'vitest'
import type { WireRequest } from '../../../src/simulator/faults.ts'
import { slackSignature } from '../../../src/simulator/slack/index.ts'
import { startWireServer } from '../../../src/simulator/wire-server.ts'
import { httpApp, startSlack } from './bolt-app.ts'

test('signed events reach the HTTP receiver and are answered', async () => {
  const slack = await startSlack()
  const maria = slack.addPerson({ name: 'maria' })
  const general = slack.addChannel({ name: 'general', members: [maria] })
  const { app, connect } = httpApp(slack)
  app.event('app_mention', async ({ event, say }) => {
    await say({ text: 'here', thread_ts: event.ts })
  })
  await connect()

  const question = slack.say(general, maria, { text: `<@${slack.team.botUserId}> there?` })

  const answer = await slack.messageWhere(general, ({ botId }) => botId !== undefined)
  expect(answer).toMatchObject({ text: 'here', threadTs: question.ts })
  await vi.waitFor(() =>
    expect(slack.deliveries.map(({ state }) => state)).toEqual(['acked', 'acked', 'acked']),
  )
})

test('an app with another signing secret cannot be verified', async () => {
  const slack = await startSlack()
  const { connect } = httpApp(slack, { signingSecret: 'another secret' })
  await expect(connect()).rejects.toThrow('request URL was not verified: HTTP 401')
})

test('commands and interactions come as forms that Bolt accepts', async () => {
  const slack = await startSlack()
  const maria = slack.addPerson({ name: 'maria' })
  const general = slack.addChannel({ name: 'general', members: [maria] })
  const { app, connect } = httpApp(slack)
  app.command('/model', async ({ command, ack, respond }) => {
    await ack({ text: `one moment, ${command.text}` })
    await respond({
      text: 'choose',
      blocks: [
        {
          type: 'actions',
          elements: [
            {
              type: 'button',
              action_id: 'pick',
              value: 'small',
              text: { type: 'plain_text', text: 'Small' },
            },
          ],
        },
      ],
    })
  })
  app.action('pick', async ({ ack, respond, action }) => {
    await ack()
    await respond({ replace_original: true, text: `picked ${'value' in action ? action.value : ''}` })
  })
  await connect()

  expect(await slack.slashCommand(general, maria, { command: '/model', text: 'large' })).toEqual({
    acked: true,
  })
  await slack.messageWhere(general, ({ text }) => text === 'one moment, large')
  const choice = await slack.messageWhere(general, ({ text }) => text === 'choose')
  expect(slack.messages(general)).toEqual([])
  expect(slack.messages(general, { viewer: maria })).toHaveLength(2)
  expect(await slack.pressButton(choice, 'pick', { person: maria })).toEqual({ acked: true })
  await slack.messageWhere(general, ({ text }) => text === 'picked small')
})

test('retries are numbered and give the reason, until the app wants no more', async () => {
  const slack = await startSlack({ ackTimeoutMs: 80, retryDelaysMs: [0, 10, 10] })
  const maria = slack.addPerson({ name: 'maria' })
  const direct = slack.direct(maria)
  const requests: WireRequest[] = []
  const server = await startWireServer({
    handle: async (request) => {
      const text = request.body.toString()
      if (text.includes('url_verification')) return { status: 200, body: text }
      requests.push(request)
      if (requests.length === 1) return { status: 500 }
      if (requests.length === 2) await vi.waitFor(() => expect(requests).toHaveLength(3), 3000)
      return { status: 503, headers: { 'x-slack-no-retry': '1' } }
    },
  })
  await slack.deliverTo({ kind: 'http', url: server.url })

  slack.say(direct, maria, { text: 'hello' })

  const delivery = await slack.until(() => slack.deliveries.find(({ state }) => state === 'gave up'))
  await server.close()
  expect(delivery.attempts.map(({ outcome }) => outcome)).toEqual([
    'http_error',
    'http_timeout',
    'http_error',
  ])
  expect(
    requests.map(({ headers }) => [headers['x-slack-retry-num'], headers['x-slack-retry-reason']]),
  ).toEqual([
    [undefined, undefined],
    ['1', 'http_error'],
    ['2', 'http_timeout'],
  ])
  const [first] = requests
  const timestamp = Number(first?.headers['x-slack-request-timestamp'])
  expect(first?.headers['x-slack-signature']).toBe(
    slackSignature(slack.signingSecret, timestamp, String(first?.body)),
  )
  expect(new Set(requests.map(({ body }) => JSON.parse(String(body)).event_id)).size).toBe(1)
})

test('a command nobody answers within the deadline fails visibly', async () => {
  const slack = await startSlack({ ackTimeoutMs: 50 })
  const maria = slack.addPerson({ name: 'maria' })
  const general = slack.addChannel({ name: 'general', members: [maria] })
  const { connect } = httpApp(slack)
  await connect()

  expect(await slack.slashCommand(general, maria, { command: '/nothing', text: '' })).toEqual({
    acked: false,
    fault: 'operation_timeout',
  })
  await expect(slack.slashCommand(general, maria, { command: '/run', text: 'a\nb' })).rejects.toThrow(
    'one line',
  )
})
