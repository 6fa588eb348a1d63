import { beforeEach, describe, expect, it, vi } from 'vitest'
import { matrix as adapter } from '../../../adapters/matrix/index.ts'
import { externalId } from '../../../src/model/ids.ts'
import type { FormattedPart, Target } from '../../../src/model/outbound.ts'
import type { Sender } from '../../../src/ports/sender.ts'
import type { MatrixEmulator } from '../../../src/simulator/matrix/index.ts'
import { createRecordingLogger } from '../../support/recording-logger.ts'
import { listen, memoryCursor, openMatrix } from './stage.ts'

const signal = AbortSignal.timeout(60_000)
let matrix: MatrixEmulator
let ana: string
let room: string
let asked: string
let thread: Target
let sender: Sender

beforeEach(async () => {
  matrix = await openMatrix()
  ana = matrix.addPerson({ localpart: 'ana', displayName: 'Ana' })
  room = matrix.addRoom({ creator: ana, name: 'Team' })
  asked = matrix.say(room, ana, '@brainall hello')
  thread = { channel: externalId(room), commandPrefix: '!', direct: false, threadRoot: asked, replyTo: asked }
  sender = adapter.createSender(
    { homeserverUrl: `${matrix.url}/`, accessToken: matrix.accessToken },
    createRecordingLogger(),
  )
})

const only = (markdown: string): FormattedPart => {
  const [part] = sender.format(markdown)
  if (!part) throw new Error('nothing to show')
  return part
}
const post = async (target: Target, markdown: string, key = 'k1') =>
  await sender.post(
    {
      target,
      content: { kind: 'text', part: only(markdown), controls: [] },
      key,
      private: false,
      final: false,
    },
    signal,
  )
const edit = async (id: string, markdown: string, key: string, target = thread) =>
  await sender.edit(
    {
      target,
      externalId: externalId(id),
      content: { kind: 'text', part: only(markdown), controls: [] },
      key,
      final: true,
    },
    signal,
  )
const fault = (match: RegExp, status: number, body: unknown, headers: Record<string, string> = {}) =>
  matrix.faults.add({ match, effect: { kind: 'answer', status, body, headers }, times: 1 })

describe('an answer', () => {
  it('stands in the thread of the question as a notice, and grows in place', async () => {
    const { externalId: id } = await post(thread, 'It is **tr')
    await edit(id, 'It is **true**.', 'k1v1')
    await edit(id, 'It is **true**, really.', 'k1v2')
    const [, answer] = matrix.thread(room, asked)
    expect(answer).toMatchObject({
      eventId: id,
      isNotice: true,
      body: expect.stringContaining('really'),
      formattedBody: expect.stringContaining('<strong>true</strong>, really.'),
      mentions: [],
      mentionsRoom: false,
    })
    expect(answer?.edits).toHaveLength(2)
    expect(answer).not.toHaveProperty('replyTo')
    const lastEdit = matrix.events(room).at(-1)?.content
    expect(lastEdit).toMatchObject({ 'm.mentions': {}, 'm.new_content': { 'm.mentions': {} } })
    expect(lastEdit?.body).toMatch(/^\* /)
  })

  it('stands plainly in a direct room', async () => {
    const direct = matrix.addRoom({ creator: ana, direct: true })
    const { externalId: id } = await post({ channel: externalId(direct), direct: true }, 'hello')
    expect(matrix.message(direct, id)).not.toHaveProperty('threadRoot')
    expect(matrix.message(direct, id)).not.toHaveProperty('replyTo')
  })

  it('shows once, however often it is posted', async () => {
    matrix.faults.add({ match: /\/send\//, effect: { kind: 'lose-answer' }, times: 1 })
    await expect(post(thread, 'once')).rejects.toMatchObject({
      code: 'platform_unreachable',
      retry: { kind: 'later' },
    })
    const again = await post(thread, 'once')
    const [, ...answers] = matrix.thread(room, asked)
    expect(answers.map(({ eventId }) => eventId)).toEqual([again.externalId])
  })

  it('ends with its newest text when an edit is tried again with more of it', async () => {
    const { externalId: id } = await post(thread, 'a')
    matrix.faults.add({ match: /\/send\//, effect: { kind: 'lose-answer' }, times: 1 })
    await expect(edit(id, 'a b', 'k1v1')).rejects.toMatchObject({ code: 'platform_unreachable' })
    await edit(id, 'a b c', 'k1v1')
    await edit(id, 'a b c', 'k1v1')
    expect(matrix.message(room, id)).toMatchObject({ body: 'a b c' })
    expect(matrix.message(room, id)?.edits).toHaveLength(2)
  })

  it('goes away, also twice', async () => {
    const { externalId: id } = await post(thread, 'gone soon')
    await sender.remove(thread, id, signal)
    await sender.remove(thread, id, signal)
    await sender.remove(thread, externalId('$neverwas'), signal)
    expect(matrix.message(room, id)).toMatchObject({ isRedacted: true, redactedBy: matrix.botUserId })
  })

  it('comes with a file', async () => {
    const file = { name: 'résumé.csv', mimeType: 'text/csv', data: Buffer.from('a,b') }
    const { externalId: id } = await sender.post(
      { target: thread, content: { kind: 'file', file }, key: 'f1', private: false, final: true },
      signal,
    )
    const shown = matrix.message(room, id)
    expect(shown).toMatchObject({ msgtype: 'm.file', body: 'résumé.csv', threadRoot: asked })
    expect(matrix.media(shown?.mediaUrl ?? '')).toEqual({
      data: file.data,
      contentType: 'text/csv',
      fileName: 'résumé.csv',
    })
  })

  it('is announced by typing', async () => {
    await sender.indicate(thread, true, signal)
    expect(matrix.typingNow(room)).toEqual([matrix.botUserId])
    await sender.indicate(thread, false, signal)
    expect(matrix.typingNow(room)).toEqual([])
  })

  it('reaches people in an encrypted room as a plain notice', async () => {
    const secret = matrix.addRoom({ creator: ana, encrypted: true })
    const { externalId: id } = await post({ channel: externalId(secret) }, 'I cannot read here')
    expect(matrix.message(secret, id)).toMatchObject({ isNotice: true, isEncrypted: false })
  })
})

describe('a refusal', () => {
  it.each([
    [429, { errcode: 'M_LIMIT_EXCEEDED', error: 'slow', retry_after_ms: 4321 }, {}, 4321],
    [429, { errcode: 'M_LIMIT_EXCEEDED', error: 'slow' }, { 'retry-after': '7' }, 7_000],
    [429, 'a proxy says no', { 'retry-after': '2' }, 2_000],
  ])('to go so fast names the wait: %i %j %j', async (status, body, headers, ms) => {
    fault(/\/send\//, status, body, headers)
    await expect(post(thread, 'x')).rejects.toMatchObject({
      code: 'platform_rate_limited',
      retry: { kind: 'after', ms },
    })
  })

  it.each([
    [403, { errcode: 'M_FORBIDDEN', error: 'no' }, 'platform_forbidden', 'never'],
    [401, { errcode: 'M_UNKNOWN_TOKEN', error: 'no' }, 'platform_unauthorized', 'never'],
    [413, { errcode: 'M_TOO_LARGE', error: 'no' }, 'platform_rejected', 'never'],
    [400, { errcode: 'M_BAD_JSON', error: 'no' }, 'platform_rejected', 'never'],
    [500, { errcode: 'M_UNKNOWN', error: 'oh' }, 'platform_unreachable', 'later'],
    [502, '<html>bad gateway</html>', 'platform_unreachable', 'later'],
    [200, '<html>log in first</html>', 'platform_unreachable', 'later'],
    [302, '', 'platform_rejected', 'never'],
  ])('%i %j is %s', async (status, body, code, kind) => {
    fault(/\/send\//, status, body)
    const refused = await post(thread, 'x').catch((error: unknown) => error)
    expect(refused).toMatchObject({ code, retry: { kind } })
    expect(JSON.stringify([refused, (refused as Error).message, (refused as Error).stack])).not.toContain(
      matrix.accessToken,
    )
  })

  it('of an edit says that the message is gone', async () => {
    await expect(edit('$neverwas', 'x', 'v1')).rejects.toMatchObject({
      code: 'platform_message_gone',
      retry: { kind: 'never' },
    })
  })

  it('comes from the room itself where the bot is out', async () => {
    matrix.kick(room, ana, matrix.botUserId)
    await expect(post(thread, 'x')).rejects.toMatchObject({ code: 'platform_forbidden' })
  })

  it('does not hide an abort', async () => {
    matrix.faults.add({ effect: { kind: 'delay', ms: 60_000 }, times: 1 })
    const stop = new AbortController()
    const sent = sender.indicate(thread, true, stop.signal)
    stop.abort(new Error('stopped'))
    await expect(sent).rejects.toThrow('stopped')
  })
})

describe('a download', () => {
  const collect = async (reference: Readonly<Record<string, unknown>>) => {
    const { stream, mimeType } = await sender.download(reference, signal)
    const chunks: Uint8Array[] = []
    for await (const chunk of stream) chunks.push(chunk)
    return { data: Buffer.concat(chunks).toString(), mimeType }
  }
  const voice = async () => {
    const heard = await listen(matrix)
    matrix.voiceNote(room, ana, { data: Buffer.from('OggS'), durationMs: 900, mimetype: 'audio/ogg' })
    return (await heard.message('')).attachments[0]?.reference ?? {}
  }

  it('gives what a person sent', async () => {
    expect(await collect(await voice())).toEqual({ data: 'OggS', mimeType: 'audio/ogg' })
  })

  it.each([
    { mxc: 'mxc://sim.local/gone' },
    { mxc: 'mxc://sim.local/../../account/whoami' },
    { mxc: 'https://elsewhere.example/a' },
    { encrypted: true },
  ])('of %j says that there is nothing', async (reference) => {
    await expect(collect(reference)).rejects.toMatchObject({
      code: 'attachment_gone',
      retry: { kind: 'never' },
    })
  })

  it('follows no redirect, and reads nothing too large', async () => {
    const reference = await voice()
    let asked = 0
    const elsewhere = await openMatrix()
    elsewhere.onRequest(() => {
      asked += 1
    })
    fault(/media\/download/, 307, '', { location: `${elsewhere.url}/_matrix/client/versions` })
    await expect(collect(reference)).rejects.toMatchObject({ code: 'attachment_gone' })
    expect(asked).toBe(0)
  })

  it('is refused when it is too large', async () => {
    const data = Buffer.alloc(50 * 1024 * 1024 + 1)
    const heard = await listen(matrix)
    matrix.file(room, ana, { data, mimetype: 'text/plain', fileName: 'big.txt' })
    const reference = (await heard.message('')).attachments[0]?.reference ?? {}
    await expect(collect(reference)).rejects.toMatchObject({ code: 'attachment_too_large' })
  })
})

describe('with user and password', () => {
  it('sends with the session of the receiver', async () => {
    let logIns = 0
    matrix.onRequest(({ path }) => {
      if (path.endsWith('/login')) logIns += 1
    })
    const credentials = { homeserverUrl: matrix.url, user: 'brainall', password: matrix.botPassword }
    sender = adapter.createSender(credentials, createRecordingLogger())
    const posted = post(thread, 'hello')
    const heard = await listen(matrix, { credentials, cursor: memoryCursor() })
    const { externalId: id } = await posted
    expect(matrix.message(room, id)).toMatchObject({ body: 'hello' })
    expect(logIns).toBe(1)
    matrix.revokeAccessTokens(matrix.botUserId)
    await expect(post(thread, 'again', 'k2')).rejects.toMatchObject({
      code: 'platform_unauthorized',
      retry: { kind: 'later' },
    })
    matrix.say(room, ana, 'wakes the sync')
    await heard.message('wakes the sync')
    await vi.waitFor(async () => await post(thread, 'again', 'k2'), 5_000)
    expect(logIns).toBe(2)
  })
})

it('tells whose account it is, and leaves no session behind', async () => {
  const homeserverUrl = matrix.url
  const password = matrix.botPassword
  const token = { homeserverUrl, accessToken: matrix.accessToken }
  expect(await adapter.identify(token, signal)).toBe(matrix.botUserId)
  const ended = vi.fn()
  matrix.onRequest(({ path }) => path.endsWith('/logout') && ended())
  expect(await adapter.identify({ homeserverUrl, user: 'brainall', password }, signal)).toBe(matrix.botUserId)
  expect(ended).toHaveBeenCalledOnce()
  const wrong = { homeserverUrl, user: 'brainall', password: 'wrong' }
  await expect(adapter.identify(wrong, signal)).rejects.toMatchObject({ code: 'platform_unauthorized' })
})

it('is configured by the environment', () => {
  const environment = (names: object) =>
    adapter.fromEnvironment(names as Parameters<typeof adapter.fromEnvironment>[0])
  expect(environment({})).toBeUndefined()
  expect(environment({ MATRIX_HOMESERVER_URL: 'http://h', MATRIX_ACCESS_TOKEN: 't' })?.credentials).toEqual({
    homeserverUrl: 'http://h',
    accessToken: 't',
  })
  expect(
    environment({ MATRIX_HOMESERVER_URL: 'http://h', MATRIX_USER: 'u', MATRIX_PASSWORD: 'p' })?.credentials,
  ).toEqual({ homeserverUrl: 'http://h', user: 'u', password: 'p' })
  expect(() => adapter.createSender({ homeserverUrl: 'http://h' }, createRecordingLogger())).toThrow(
    expect.objectContaining({ code: 'credentials_malformed' }),
  )
})
