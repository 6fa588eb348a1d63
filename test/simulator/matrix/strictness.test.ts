import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type MatrixEmulator, startMatrixEmulator } from '../../../src/simulator/matrix/index.ts'
import { type Bot, openBot } from './bot.ts'

let matrix: MatrixEmulator
let bot: Bot
let ana: string
let roomId: string

async function open(rateLimits: boolean): Promise<void> {
  matrix = await startMatrixEmulator({ rateLimits })
  bot = openBot(matrix.url, matrix.accessToken)
  ana = matrix.addPerson('ana')
  roomId = matrix.addRoom({ creator: ana })
}

beforeEach(() => open(false))

afterEach(async () => {
  bot.stop()
  await matrix.close()
})

const html = (formatted_body: string) => ({
  msgtype: 'm.text',
  body: 'x',
  format: 'org.matrix.custom.html',
  formatted_body,
})

async function refused(content: unknown): Promise<unknown> {
  return bot.client.sendMessage(roomId, content).then(
    () => 'accepted',
    (error: { statusCode: number; errcode: string }) => [error.statusCode, error.errcode],
  )
}

describe('a homeserver stricter than most', () => {
  test('sends one event for one transaction id', async () => {
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/m.room.message/turn-1-part-1`
    const first = await bot.client.doRequest('PUT', path, null, { msgtype: 'm.text', body: 'once' })
    const again = await bot.client.doRequest('PUT', path, null, { msgtype: 'm.text', body: 'once' })
    expect(again).toEqual(first)
    expect(matrix.messages(roomId)).toHaveLength(1)
  })

  test('keeps what it accepted when its answer is lost', async () => {
    matrix.faults.add({ match: /PUT .*\/send\//, effect: { kind: 'lose-answer' }, times: 1 })
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/m.room.message/t1`
    const send = () => bot.client.doRequest('PUT', path, null, { msgtype: 'm.text', body: 'once' })
    await expect(send()).rejects.toThrow()
    const { event_id: eventId } = await send()
    expect(matrix.messages(roomId).map((message) => message.eventId)).toEqual([eventId])
  })

  test.each([
    ['no body', { msgtype: 'm.text' }],
    ['no msgtype', { body: 'x' }],
    ['an unknown msgtype', { msgtype: 'm.txt', body: 'x' }],
    ['html without its format', { msgtype: 'm.text', body: 'x', formatted_body: 'x' }],
    ['a format without html', { msgtype: 'm.text', body: 'x', format: 'org.matrix.custom.html' }],
    ['mentions as a list', { msgtype: 'm.text', body: 'x', 'm.mentions': ['@ana:sim.local'] }],
    ['mentions of no user id', { msgtype: 'm.text', body: 'x', 'm.mentions': { user_ids: ['ana'] } }],
    ['a fraction', { msgtype: 'm.text', body: 'x', weight: 0.5 }],
    ['a lone surrogate', { msgtype: 'm.text', body: '\ud800' }],
    ['a script', html('<script>1</script>')],
    ['a reply fallback', html('<mx-reply>old</mx-reply>x')],
    ['an event handler', html('<b onclick="x">x</b>')],
    ['a script link', html('<a href="javascript:x">x</a>')],
    ['a foreign image', html('<img src="https://example.org/x.png">')],
    ['an unclosed tag', html('<pre><code>x')],
    ['crossed tags', html('<b><i>x</b></i>')],
    ['depth 101', html('<blockquote>'.repeat(101) + '</blockquote>'.repeat(101))],
    ['an edit without new content', { msgtype: 'm.text', body: '* x', 'm.new_content': { body: 'x' } }],
    ['an attachment without address', { msgtype: 'm.file', body: 'x' }],
  ])('refuses %s', async (_what, content) => {
    expect(await refused(content)).toEqual([400, 'M_BAD_JSON'])
    expect(matrix.messages(roomId)).toEqual([])
  })

  test('accepts all that clients show', async () => {
    const depth = '<blockquote>'.repeat(100) + '</blockquote>'.repeat(100)
    const table = '<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>1<br>2</td></tr></tbody></table>'
    const code = '<pre><code class="language-js">1 &lt; 2</code></pre>'
    expect(await refused(html(`${depth}${table}${code}<a href="https://example.org">x</a>`))).toBe('accepted')
  })

  test('refuses edits of what is not there or not one’s own', async () => {
    const edit = (eventId: string) => ({
      msgtype: 'm.text',
      body: '* x',
      'm.new_content': { msgtype: 'm.text', body: 'x' },
      'm.relates_to': { rel_type: 'm.replace', event_id: eventId },
    })
    const hers = matrix.say(roomId, ana, 'hers')
    const own = await bot.client.sendText(roomId, 'own')
    const ownEdit = await bot.client.sendMessage(roomId, edit(own))
    for (const eventId of ['$nowhere', hers, ownEdit])
      expect(await refused(edit(eventId))).toEqual([400, 'M_INVALID_PARAM'])
    const { 'm.new_content': _new, ...empty } = edit(own)
    expect(await refused(empty)).toEqual([400, 'M_BAD_JSON'])
  })

  test('refuses threads under threads', async () => {
    const thread = (eventId: string) => ({
      msgtype: 'm.text',
      body: 'x',
      'm.relates_to': { rel_type: 'm.thread', event_id: eventId },
    })
    const child = await bot.client.sendMessage(roomId, thread(matrix.say(roomId, ana, 'root')))
    expect(await refused(thread(child))).toEqual([400, 'M_INVALID_PARAM'])
  })

  test('counts 65536 bytes for the whole event', async () => {
    expect(await refused({ msgtype: 'm.text', body: 'x'.repeat(64_000) })).toBe('accepted')
    expect(await refused({ msgtype: 'm.text', body: 'x'.repeat(65_400) })).toEqual([413, 'M_TOO_LARGE'])
  })

  test('needs power to redact what others said', async () => {
    const hers = matrix.say(roomId, ana, 'hers')
    await expect(bot.client.redactEvent(roomId, hers)).rejects.toMatchObject({ errcode: 'M_FORBIDDEN' })
    matrix.setPowerLevel(roomId, ana, matrix.botUserId, 50)
    await bot.client.redactEvent(roomId, hers)
    expect(matrix.message(roomId, hers)?.isRedacted).toBe(true)
  })

  test('reads and writes state with an empty key', async () => {
    matrix.setPowerLevel(roomId, ana, matrix.botUserId, 50)
    await bot.client.sendStateEvent(roomId, 'm.room.topic', '', { topic: 'tea' })
    expect(await bot.client.getRoomStateEvent(roomId, 'm.room.topic', '')).toEqual({ topic: 'tea' })
    await expect(bot.client.getRoomStateEvent(roomId, 'm.room.avatar', '')).rejects.toMatchObject({
      errcode: 'M_NOT_FOUND',
    })
  })

  test('names the fault of a request in the standard way', async () => {
    const bearer = { authorization: `Bearer ${matrix.accessToken}` }
    const send = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/m.room.message/t`
    const ask = async (path: string, init: RequestInit = {}) => {
      const response = await fetch(`${matrix.url}${path}`, init)
      const { errcode } = (await response.json()) as { errcode: string }
      return [response.status, errcode]
    }
    expect(await ask('/_matrix/client/v3/sync')).toEqual([401, 'M_MISSING_TOKEN'])
    expect(await ask(`/_matrix/client/v3/sync?access_token=${matrix.accessToken}`)).toEqual([
      401,
      'M_MISSING_TOKEN',
    ])
    expect(await ask('/_matrix/client/v3/sync', { headers: { authorization: 'Bearer no' } })).toEqual([
      401,
      'M_UNKNOWN_TOKEN',
    ])
    expect(await ask('/_matrix/client/v3/sync?since=s999999', { headers: bearer })).toEqual([
      400,
      'M_INVALID_PARAM',
    ])
    expect(await ask(send, { method: 'PUT', headers: bearer, body: '{' })).toEqual([400, 'M_NOT_JSON'])
    expect(await ask(send, { method: 'PUT', headers: bearer, body: '[]' })).toEqual([400, 'M_BAD_JSON'])
    expect(await ask(send, { method: 'POST', headers: bearer, body: '{}' })).toEqual([405, 'M_UNRECOGNIZED'])
    expect(await ask('/_matrix/client/v3/room_keys/version', { headers: bearer })).toEqual([
      404,
      'M_UNRECOGNIZED',
    ])
  })

  test('says how long to wait in body and header', async () => {
    await matrix.close()
    await open(true)
    for (let index = 0; index < 10; index += 1) await bot.client.sendText(roomId, String(index))
    await expect(bot.client.sendText(roomId, 'eleven')).rejects.toMatchObject({
      statusCode: 429,
      errcode: 'M_LIMIT_EXCEEDED',
      retryAfterMs: expect.closeTo(5000, -3),
    })
    const response = await fetch(
      `${matrix.url}/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/m.room.message/t`,
      {
        method: 'PUT',
        headers: { authorization: `Bearer ${matrix.accessToken}` },
        body: JSON.stringify({ msgtype: 'm.text', body: 'x' }),
      },
    )
    expect(response.headers.get('retry-after')).toMatch(/^[45]$/)
    expect(matrix.messages(roomId)).toHaveLength(10)
  })
})
