import { afterEach, expect, test, vi } from 'vitest'
import type { ExternalId } from '../../../src/model/ids.ts'
import { committed, connect, senderFor, signal, startSlack, targetIn } from './connection.ts'

afterEach(() => void vi.useRealTimers())

const controls = [{ id: 'stop:x', label: 'Stop' }]
const after = [{ id: 'retry:x', label: 'Retry' }]

async function setUp() {
  let passed = 0
  const slack = await startSlack({ now: () => Date.now() + passed })
  const maria = slack.addPerson({ name: 'maria' })
  const general = slack.addChannel({ name: 'general', members: [maria] })
  const root = slack.say(general, maria, { text: 'a question' })
  const target = targetIn(general, { team: slack.team.id, threadTs: root.ts, user: maria.id })
  const calls: string[] = []
  slack.onRequest(({ path }) => calls.push(path.replace(/^.*\//, '').replace(/\?.*/, '')))
  const streamed = () => slack.messages(general, { threadTs: root.ts }).find(({ stream }) => stream)
  return {
    slack,
    maria,
    general,
    root,
    target,
    calls,
    streamed,
    sender: senderFor(slack),
    pass: (ms: number) => {
      passed += ms
    },
  }
}

type Stage = Awaited<ReturnType<typeof setUp>>

const grow = ({ sender, target }: Stage, markdown: string, id?: ExternalId, key = 'key1') =>
  sender.grow?.({ target, key, externalId: id, markdown, controls }, signal)
const finish = ({ sender, target }: Stage, id: ExternalId, text: string) =>
  sender.edit(
    {
      target,
      externalId: id,
      key: 'k2',
      final: true,
      content: { kind: 'text', part: { body: { text } }, controls: after },
    },
    signal,
  )

test('an answer in a thread is streamed with its button, and ends as it is printed', async () => {
  const stage = await setUp()
  const id = await grow(stage, '**Hel')
  expect(stage.streamed()).toMatchObject({ ts: id, text: '**Hel', stream: { state: 'in_progress' } })
  expect(await grow(stage, '**Hello** you', id)).toBe(id)
  expect(stage.streamed()).toMatchObject({
    text: '**Hello** you',
    blocks: [{ type: 'actions', elements: [{ action_id: 'stop:x' }] }],
    stream: { appends: 1 },
  })
  await finish(stage, id as ExternalId, '*Hello* you all')
  expect(stage.streamed()).toMatchObject({ text: '*Hello* you all', stream: { state: 'completed' } })
  expect(JSON.stringify(stage.streamed()?.blocks)).not.toContain('stop:x')
  expect(JSON.stringify(stage.streamed()?.blocks)).toContain('retry:x')
  expect(stage.slack.messages(stage.general, { threadTs: stage.root.ts })).toHaveLength(2)
})

test('what is streamed notifies nobody, however it is cut', async () => {
  const stage = await setUp()
  const text = `<!channel> <@${stage.maria.id}> @here ![x](https://evil.example/p.png) <!here>`
  let id: ExternalId | undefined
  for (let end = 1; end <= text.length; end++) id = await grow(stage, text.slice(0, end), id)
  expect(id).toBeDefined()
  expect(stage.streamed()?.stream?.appends).toBe(text.length - 1)
  expect(stage.streamed()?.text.replaceAll('\u2060', '')).toBe(text)
  expect([...(stage.streamed()?.pings ?? [])]).toEqual([])
  expect(stage.streamed()?.text).not.toContain('![')
})

test('after four minutes it goes on by edits of the same message, before Slack would end it', async () => {
  const stage = await setUp()
  const id = (await grow(stage, 'so far')) as ExternalId
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 241_000 })
  expect(await grow(stage, 'so far, so good', id)).toBeUndefined()
  await finish(stage, id, 'so far, so good')
  expect(stage.streamed()).toMatchObject({ text: 'so far, so good', stream: { state: 'completed' } })
})

test('a stream that died goes on by edits', async () => {
  const stage = await setUp()
  const id = (await grow(stage, 'so far')) as ExternalId
  stage.pass(300_000)
  expect(await grow(stage, 'so far, so good', id)).toBeUndefined()
  await finish(stage, id, 'so far, so good')
  expect(stage.streamed()).toMatchObject({ text: 'so far, so good', stream: { state: 'errored' } })
})

test('another process goes on with the message, and finds it by its key', async () => {
  const stage = await setUp()
  const id = (await grow(stage, 'so far', undefined, 'key7')) as ExternalId
  const other = { ...stage, sender: senderFor(stage.slack) }
  expect(await other.sender.findPosted?.(stage.target, 'key7', signal)).toBe(id)
  expect(await other.sender.findPosted?.(stage.target, 'key8', signal)).toBeUndefined()
  expect(await grow(other, 'so far, so good', id)).toBeUndefined()
  await finish(other, id, 'the whole')
  expect(stage.streamed()).toMatchObject({ text: 'the whole', stream: { state: 'completed' } })
})

test('where Slack refuses it, or its few starts are used up, edits do', async () => {
  const stage = await setUp()
  stage.slack.faults.add({
    match: /chat\.startStream/,
    effect: { kind: 'answer', status: 200, body: { ok: false, error: 'not_allowed_for_app' } },
    times: 1,
  })
  expect(await grow(stage, 'one')).toBeUndefined()
  expect(await grow(stage, 'two', undefined, 'key2')).toBeUndefined()
  expect(stage.calls.filter((call) => call === 'chat.startStream')).toHaveLength(1)

  const busy = await setUp()
  const started = []
  for (let n = 0; n < 12; n++) started.push(await grow(busy, 'text', undefined, `key${n}`))
  expect(started.filter(Boolean).length).toBeGreaterThan(3)
  expect(started.at(-1)).toBeUndefined()
})

test("the stop button of an agent's session stops the answer that was streamed", async () => {
  const stage = await setUp()
  const connection = await connect(stage.slack)
  const id = await grow(stage, 'so far')
  stage.slack.stopSession(stage.general, stage.root.ts, stage.maria)
  await vi.waitFor(() => expect(connection.events.some(({ kind }) => kind === 'action')).toBe(true), 10_000)
  const events = await committed(connection, 1)
  expect(events.find(({ kind }) => kind === 'action')).toMatchObject({ control: 'stop', messageId: id })
  expect(await grow(stage, 'so far, so good', id)).toBeUndefined()
})
