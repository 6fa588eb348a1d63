import { expect, test } from 'vitest'
import { refusal, socketApp, startSlack } from './bolt-app.ts'

async function thread() {
  let time = 1_700_000_000_000
  const slack = await startSlack({ now: () => time })
  const maria = slack.addPerson({ name: 'maria' })
  const general = slack.addChannel({ name: 'general', members: [maria] })
  const root = slack.say(general, maria, { text: 'tell me' })
  const { app } = socketApp(slack)
  const start = () =>
    app.client.chat.startStream({
      channel: general.id,
      thread_ts: root.ts,
      recipient_user_id: maria.id,
      recipient_team_id: slack.team.id,
    })
  const pass = (ms: number): void => {
    time += ms
  }
  return { slack, maria, general, root, client: app.client, start, pass }
}

test('the SDK streams an answer, which ends complete', async () => {
  const { slack, maria, general, root, client } = await thread()
  const streamer = client.chatStream({
    channel: general.id,
    thread_ts: root.ts,
    recipient_user_id: maria.id,
    recipient_team_id: slack.team.id,
    buffer_size: 4,
  })
  await streamer.append({ markdown_text: '**Hello' })
  const [, live] = slack.messages(general)
  expect(live).toMatchObject({ text: '**Hello', threadTs: root.ts, stream: { state: 'in_progress' } })
  await streamer.append({ markdown_text: ' you**' })
  const task = { type: 'task_update', id: 't1', title: 'Search', status: 'complete' } as const
  await streamer.append({ chunks: [task] })
  await streamer.stop({
    blocks: [{ type: 'divider' }],
    metadata: { event_type: 'answer', event_payload: { part: 1 } },
  })

  expect(live).toMatchObject({
    text: '**Hello you**',
    format: 'markdown',
    stream: { state: 'completed', appends: 2 },
  })
  expect(live?.stream?.tasks.get('t1')).toMatchObject({ status: 'complete' })
  expect(live?.blocks).toMatchObject([{ type: 'divider' }])
  const history = await client.conversations.replies({
    channel: general.id,
    ts: root.ts,
    include_all_metadata: true,
  })
  expect(history.messages?.[1]?.metadata).toMatchObject({ event_type: 'answer' })
})

test('a stream ends five minutes after its start, and only then can the message be updated', async () => {
  const { general, client, start, slack, pass } = await thread()
  const { ts = '' } = await start()
  const target = { channel: general.id, ts }
  pass(299_000)
  await client.chat.appendStream({ ...target, markdown_text: 'so far' })
  expect(await refusal(client.chat.update({ ...target, text: 'whole' }))).toBe('streaming_state_conflict')
  pass(1000)
  expect(await refusal(client.chat.appendStream({ ...target, markdown_text: '!' }))).toBe(
    'message_not_in_streaming_state',
  )
  await client.chat.update({ ...target, markdown_text: 'the **whole**' })
  expect(slack.messages(general)[1]).toMatchObject({ text: 'the **whole**', stream: { state: 'errored' } })
})

test('the stop button ends the stream and tells the app', async () => {
  const { general, root, maria, client, start, slack } = await thread()
  const { ts = '' } = await start()
  await client.agents.sessions.setStatus({ channel_id: general.id, thread_ts: root.ts, status: 'processing' })

  slack.stopSession(general, root.ts, maria)

  const event = slack.deliveries.at(-1)?.payload.event
  expect(event).toMatchObject({
    type: 'agent_session_stopped',
    thread_ts: root.ts,
    streaming_message_ts: [ts],
  })
  const append = client.chat.appendStream({ channel: general.id, ts, markdown_text: 'more' })
  expect(await refusal(append)).toBe('stopped_by_user')
  expect([...slack.team.sessions.values()]).toMatchObject([{ status: 'processing' }])
})

test('a status is shown until the bot replies or two minutes pass', async () => {
  const { general, root, client, slack, pass } = await thread()
  const thinking = { channel_id: general.id, thread_ts: root.ts, status: 'is thinking' }
  await client.assistant.threads.setStatus(thinking)
  expect([...slack.team.statuses.values()]).toMatchObject([{ status: 'is thinking', threadTs: root.ts }])
  await client.chat.postMessage({ channel: general.id, thread_ts: root.ts, text: 'done' })
  expect(slack.team.statuses.size).toBe(0)
  await client.assistant.threads.setStatus(thinking)
  pass(120_000)
  slack.messages(general)
  expect(slack.team.statuses.size).toBe(0)
  const tooMany = { ...thinking, loading_messages: Array.from({ length: 11 }, () => 'wait') }
  expect(await refusal(client.assistant.threads.setStatus(tooMany))).toBe('invalid_arguments')
})

test('outside direct messages a stream needs its recipient', async () => {
  const { general, root, client } = await thread()
  const start = client.chat.startStream({ channel: general.id, thread_ts: root.ts })
  expect(await refusal(start)).toBe('missing_recipient_user_id')
})
