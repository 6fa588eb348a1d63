import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { slack as adapter } from '../../../adapters/slack/index.ts'
import type { HubError } from '../../../src/model/errors.ts'
import { createRecordingLogger } from '../../support/recording-logger.ts'
import {
  committed,
  connect,
  credentialsOf,
  senderFor,
  shown,
  signal,
  startSlack,
  targetIn,
  textPost,
} from './connection.ts'

async function setUp() {
  const slack = await startSlack()
  const maria = slack.addPerson({ name: 'maria' })
  const rui = slack.addPerson({ name: 'rui' })
  const general = slack.addChannel({ name: 'general', members: [maria, rui] })
  return { slack, maria, rui, general, sender: senderFor(slack) }
}

const text = (part: string) => ({ kind: 'text' as const, part: { body: { text: part } }, controls: [] })

describe('posting', () => {
  test('answers in the thread, without previews', async () => {
    const { slack, maria, general, sender } = await setUp()
    const root = slack.say(general, maria, { text: 'a question' })
    const target = targetIn(general, { threadTs: root.ts, user: maria.id })
    const { externalId: id } = await sender.post(textPost(target, '*yes* &amp; no'), signal)
    expect(shown(slack, general, id)).toMatchObject({ text: '*yes* &amp; no', threadTs: root.ts })
  })

  test('buttons stand under the text, and vanish with the last edit', async () => {
    const { slack, general, sender } = await setUp()
    const target = targetIn(general)
    const controls = [{ id: 'stop', label: 'Stop' }]
    const { externalId: id } = await sender.post(textPost(target, 'working', { controls }), signal)
    expect(shown(slack, general, id)?.blocks).toMatchObject([
      { type: 'section', text: { type: 'mrkdwn', text: 'working' } },
      { type: 'actions', elements: [{ action_id: 'stop', text: { text: 'Stop' } }] },
    ])
    await sender.edit({ target, externalId: id, content: text('done'), key: 'k2', final: true }, signal)
    expect(shown(slack, general, id)).toMatchObject({ text: 'done', blocks: undefined })
  })

  test('a long text with buttons is shown whole, its code still as code', async () => {
    const { slack, general, sender } = await setUp()
    const line = 'const answer = &lt;T&gt;(value: T) =&gt; value // forty-two\n'
    const long = `Look:\n\`\`\`\n${line.repeat(65)}\`\`\``
    const request = textPost(targetIn(general), long, { controls: [{ id: 'stop', label: 'Stop' }] })
    const { externalId: id } = await sender.post(request, signal)
    const blocks = shown(slack, general, id)?.blocks ?? []
    const pieces = blocks.slice(0, -1).map((block) => (block.text as { text: string }).text)
    expect(pieces.length).toBe(2)
    for (const piece of pieces) expect(piece.split('```').length % 2).toBe(1)
    const shownLines = pieces.join('\n').split('\n')
    expect(shownLines.filter((one) => one === line.trim())).toHaveLength(65)
  })

  test('private answers are seen by the asker alone', async () => {
    const { slack, maria, rui, general, sender } = await setUp()
    const root = slack.say(general, maria, { text: 'a question' })
    const target = targetIn(general, { threadTs: root.ts, user: maria.id })
    const { externalId: id } = await sender.post(textPost(target, 'for you', { private: true }), signal)
    const seenBy = (viewer: typeof maria) =>
      slack.messages(general, { viewer }).map((message) => message.text)
    expect(seenBy(maria)).toEqual(['a question', 'for you'])
    expect(seenBy(rui)).toEqual(['a question'])
    const edit = { target, externalId: id, content: text('x'), key: 'k', final: true }
    await expect(sender.edit(edit, signal)).rejects.toMatchObject({ code: 'platform_message_gone' })
    await sender.remove(target, id, signal)
  })

  test('in a direct message, private answers are ordinary ones', async () => {
    const { slack, maria, sender } = await setUp()
    const direct = slack.direct(maria)
    const target = targetIn(direct, { user: maria.id })
    const { externalId: id } = await sender.post(textPost(target, 'for you', { private: true }), signal)
    expect(shown(slack, direct, id)).toMatchObject({ text: 'for you', ephemeralFor: undefined })
  })

  test('a command is answered also where the bot is no member', async () => {
    const { slack, maria, rui, sender } = await setUp()
    const away = slack.addChannel({ name: 'away', members: [maria, rui], bot: false })
    const connection = await connect(slack)
    await slack.slashCommand(away, maria, { command: '/help', text: '' })
    const [event] = await committed(connection, 1)
    if (event?.kind !== 'command') throw new Error('no command came')
    await sender.post(textPost(event.target, 'help', { private: true }), signal)
    await sender.post(textPost(event.target, 'for all', { key: 'key2' }), signal)
    const seenBy = (viewer: typeof maria) => slack.messages(away, { viewer }).map((message) => message.text)
    expect(seenBy(maria)).toEqual(['help', 'for all'])
    expect(seenBy(rui)).toEqual(['for all'])
    const unfinished = textPost(event.target, '…', { final: false })
    await expect(sender.post(unfinished, signal)).rejects.toMatchObject({ code: 'platform_forbidden' })
  })

  test('a used-up response address falls back to an ephemeral message; a strange one is never asked', async () => {
    const { slack, maria, general, sender } = await setUp()
    const later = Date.now() + 60_000
    for (const responseUrl of [`${slack.url}/commands/gone`, 'http://203.0.113.7/commands/x']) {
      const target = targetIn(general, { user: maria.id, responseUrl, responseUntil: later })
      await sender.post(textPost(target, 'for you', { private: true }), signal)
    }
    expect(slack.messages(general, { viewer: maria })).toHaveLength(2)
  })

  test('files are shared in the thread', async () => {
    const { slack, maria, general, sender } = await setUp()
    const root = slack.say(general, maria, { text: 'a question' })
    const data = Buffer.from('a,b\n1,2\n')
    await sender.post(
      {
        ...textPost(targetIn(general, { threadTs: root.ts }), ''),
        content: { kind: 'file', file: { name: 'output.csv', mimeType: 'text/csv', data } },
      },
      signal,
    )
    const [, shared] = slack.messages(general)
    expect(shared).toMatchObject({ threadTs: root.ts, files: [{ name: 'output.csv', data }] })
  })

  test('the answer to a post was lost: it is found again by its key', async () => {
    const { slack, maria, general, sender } = await setUp()
    const root = slack.say(general, maria, { text: 'a question' })
    for (const target of [targetIn(general), targetIn(general, { threadTs: root.ts })]) {
      slack.faults.add({ match: /chat\.postMessage/, effect: { kind: 'lose-answer' }, times: 1 })
      const request = textPost(target, 'once', { key: `key${String(target.threadTs ?? '').length}` })
      await expect(sender.post(request, signal)).rejects.toMatchObject({
        code: 'platform_unreachable',
        retry: { kind: 'later' },
      })
      const found = await sender.findPosted?.(target, request.key, signal)
      expect(found && shown(slack, general, found)).toMatchObject({ text: 'once' })
      expect(await sender.findPosted?.(target, 'another', signal)).toBeUndefined()
    }
  })
})

describe('editing and removing', () => {
  test('what is deleted is gone for an edit, and removed for a removal', async () => {
    const { general, sender } = await setUp()
    const target = targetIn(general)
    const { externalId: id } = await sender.post(textPost(target, 'short-lived'), signal)
    await sender.remove(target, id, signal)
    await sender.remove(target, id, signal)
    const edit = { target, externalId: id, content: text('x'), key: 'k', final: true }
    await expect(sender.edit(edit, signal)).rejects.toMatchObject({
      code: 'platform_message_gone',
      retry: { kind: 'never' },
    })
  })

  test('the status shows in the thread and ends', async () => {
    const { slack, maria, general, sender } = await setUp()
    const root = slack.say(general, maria, { text: 'a question' })
    const target = targetIn(general, { threadTs: root.ts })
    await sender.indicate(target, true, signal)
    expect([...slack.team.statuses.values()]).toMatchObject([{ threadTs: root.ts, status: 'is thinking…' }])
    await sender.indicate(target, false, signal)
    expect(slack.team.statuses.size).toBe(0)
    await sender.indicate(targetIn(general), true, signal)
    expect(sender.capabilities(target).activityRefreshMs).toBe(60_000)
    expect(sender.capabilities(targetIn(general)).activityRefreshMs).toBe(0)
  })
})

describe('refusals', () => {
  test('are told in the hub’s words, with Slack’s pause to the millisecond', async () => {
    const { slack, general, maria, sender } = await setUp()
    // A sender that was told to wait does not ask again before the time.
    const post = (sender = senderFor(slack)) => sender.post(textPost(targetIn(general), 'hello'), signal)
    const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
      slack.faults.add({
        match: /chat\.postMessage/,
        effect: { kind: 'answer', status, body, headers },
        times: 1,
      })

    answer(429, { ok: false, error: 'ratelimited' }, { 'retry-after': '70' })
    const told = senderFor(slack)
    await expect(post(told)).rejects.toMatchObject({
      code: 'platform_rate_limited',
      retry: { kind: 'after', ms: 70_000 },
    })
    let asked = 0
    const stopCounting = slack.onRequest(() => {
      asked += 1
    })
    const waiting = await post(told).catch((error: HubError) => error)
    expect(waiting).toMatchObject({ code: 'platform_rate_limited', retry: { kind: 'after' } })
    stopCounting()
    expect(asked).toBe(0)
    answer(429, 'slow down')
    await expect(post()).rejects.toMatchObject({ code: 'platform_rate_limited', retry: { ms: 1_000 } })
    answer(503, 'sorry')
    await expect(post()).rejects.toMatchObject({ code: 'platform_unreachable', retry: { kind: 'later' } })
    answer(200, '<html>a proxy</html>')
    await expect(post()).rejects.toMatchObject({ code: 'platform_unreachable' })
    answer(200, { ok: false, error: 'msg_too_long' })
    await expect(post()).rejects.toMatchObject({ code: 'platform_rejected', retry: { kind: 'never' } })
    answer(200, { ok: false, error: 'missing_scope', needed: 'chat:write' })
    await expect(post()).rejects.toMatchObject({
      code: 'platform_forbidden',
      message: expect.stringContaining('chat:write'),
    })
    slack.faults.add({ match: /chat\.postMessage/, effect: { kind: 'cut' }, times: 1 })
    await expect(post()).rejects.toMatchObject({ code: 'platform_unreachable' })
    slack.archive(general)
    await expect(post()).rejects.toMatchObject({ code: 'platform_forbidden', retry: { kind: 'never' } })
    const away = slack.addChannel({ name: 'away', members: [maria], bot: false })
    await expect(sender.post(textPost(targetIn(away), 'x'), signal)).rejects.toMatchObject({
      code: 'platform_forbidden',
    })
    slack.rotateToken(slack.team)
    await expect(post(sender)).rejects.toMatchObject({
      code: 'platform_unauthorized',
      retry: { kind: 'never' },
    })
  })

  test('an aborted call ends at once', async () => {
    const { slack, general, sender } = await setUp()
    slack.faults.add({ match: /chat\.postMessage/, effect: { kind: 'delay', ms: 30_000 }, times: 1 })
    const abort = new AbortController()
    slack.onRequest(() => abort.abort())
    const before = performance.now()
    await expect(sender.post(textPost(targetIn(general), 'x'), abort.signal)).rejects.toMatchObject({
      code: 'platform_unreachable',
    })
    expect(performance.now() - before).toBeLessThan(5_000)
  })

  test('hold no token, and log none', async () => {
    const { slack, general } = await setUp()
    const log = createRecordingLogger()
    const sender = adapter.createSender({ ...credentialsOf(slack), botToken: 'xoxb-canary-42' }, log)
    const error = await sender
      .post(textPost(targetIn(general), 'secret text'), signal)
      .catch((e: unknown) => e)
    expect(`${inspect(error, { depth: 9 })}${inspect(log.lines, { depth: 9 })}`).not.toMatch(
      /canary|secret text/,
    )
  })
})

describe('downloading', () => {
  async function sharedFile(options: { infoOnly?: boolean; mimetype?: string } = {}) {
    const parts = await setUp()
    const { slack, maria } = parts
    const connection = await connect(slack)
    const direct = slack.direct(maria)
    const { mimetype = 'text/plain', infoOnly = false } = options
    slack.shareFile(direct, maria, { name: 'a.txt', mimetype, data: Buffer.from('contents'), infoOnly })
    const [event] = await committed(connection, 1)
    const attachment = event?.kind === 'message' ? event.attachments[0] : undefined
    if (!attachment) throw new Error('no attachment came')
    const file = [...slack.team.files.values()][0]
    if (!file) throw new Error('no file')
    return { ...parts, attachment, file }
  }

  const read = async (stream: AsyncIterable<Uint8Array>) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of stream) chunks.push(chunk)
    return Buffer.concat(chunks).toString()
  }

  test.each([false, true])('a file comes with its contents (known by id alone: %s)', async (infoOnly) => {
    const { sender, attachment } = await sharedFile({ infoOnly })
    const { stream, mimeType } = await sender.download(attachment.reference, signal)
    expect(await read(stream)).toBe('contents')
    expect(mimeType).toBe('text/plain')
    const again = await sender.download({ fileId: attachment.externalId }, signal)
    expect(await read(again.stream)).toBe('contents')
  })

  test('a deleted file, a log-in page and a redirect are gone files', async () => {
    const { slack, sender, attachment, file } = await sharedFile()
    const gone = { code: 'attachment_gone', retry: { kind: 'never' } }
    const redirect = { status: 302, headers: { location: `${slack.url}/elsewhere` } }
    slack.faults.add({ match: /files-pri/, effect: { kind: 'answer', ...redirect }, times: 1 })
    await expect(sender.download(attachment.reference, signal)).rejects.toMatchObject(gone)
    slack.deleteFile(file)
    await expect(sender.download(attachment.reference, signal)).rejects.toMatchObject(gone)
    await expect(sender.download({ fileId: file.id }, signal)).rejects.toMatchObject(gone)
    const token = slack.team.botToken
    slack.rotateToken(slack.team)
    expect(slack.team.botToken).not.toBe(token)
    await expect(sender.download(attachment.reference, signal)).rejects.toMatchObject(gone)
  })

  test.each([
    'https://files.slack.com.example.org/files-pri/x',
    'https://example.org/files-pri/x',
    'http://169.254.169.254/latest/meta-data',
    'http://user:pass@127.0.0.1/files-pri/x',
    'file:///etc/passwd',
    'not an address',
  ])('the token goes to no other host: %s', async (url) => {
    const { slack, sender } = await setUp()
    const asked: string[] = []
    slack.onRequest(({ path }) => asked.push(path))
    await expect(sender.download({ fileId: 'F1', url }, signal)).rejects.toMatchObject({
      code: 'attachment_gone',
    })
    expect(asked).toEqual([])
  })

  test('a file that says it is too large is not fetched', async () => {
    const { sender, attachment } = await sharedFile()
    const reference = { ...attachment.reference, sizeBytes: 200 * 1024 * 1024 }
    await expect(sender.download(reference, signal)).rejects.toMatchObject({ code: 'attachment_too_large' })
  })
})

test('the account behind the credentials is told, and which token is wrong', async () => {
  const { slack } = await setUp()
  const credentials = credentialsOf(slack)
  expect(await adapter.identify(credentials, signal)).toContain(slack.team.name)
  await expect(adapter.identify({ ...credentials, appToken: 'xapp-wrong' }, signal)).rejects.toMatchObject({
    code: 'platform_unauthorized',
    message: 'Slack does not accept the app token',
  })
  expect(() => adapter.createSender({ botToken: 'xoxb-1' }, createRecordingLogger())).toThrow(
    expect.objectContaining({ code: 'credentials_malformed' }),
  )
})
