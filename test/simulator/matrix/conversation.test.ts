import { MatrixAuth } from 'matrix-bot-sdk'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type MatrixEmulator, startMatrixEmulator } from '../../../src/simulator/matrix/index.ts'
import { type Bot, type BotEvent, openBot } from './bot.ts'

let matrix: MatrixEmulator
let bot: Bot
let ana: string

beforeEach(async () => {
  matrix = await startMatrixEmulator()
  bot = openBot(matrix.url, matrix.accessToken)
  ana = matrix.addPerson({ localpart: 'ana', displayName: 'Ana' })
})

afterEach(async () => {
  bot.stop()
  await matrix.close()
})

async function hears(eventId: string): Promise<BotEvent> {
  return vi.waitFor(() => {
    const event = bot.seen.find(({ event_id }) => event_id === eventId)
    if (!event) throw new Error(`the bot has not seen ${eventId}`)
    return event
  })
}

describe('a conversation', () => {
  test('starts with the calls that the SDK makes', async () => {
    const calls: string[] = []
    matrix.onRequest(({ method, path }) => calls.push(`${method} ${decodeURIComponent(path)}`))
    await bot.client.start()
    await vi.waitFor(() => expect(bot.syncs.length).toBeGreaterThan(0))
    expect(calls.slice(0, 4)).toEqual([
      'GET /_matrix/client/v3/account/whoami',
      'GET /_matrix/client/v3/user/@brainall:sim.local/account_data/m.direct',
      'GET /_matrix/client/v3/joined_rooms',
      'GET /_matrix/client/v3/sync?full_state=false&timeout=30000',
    ])
  })

  test('answers a mention in a thread and edits the answer in place', async () => {
    const roomId = matrix.addRoom({ creator: ana, name: 'Team' })
    await bot.client.start()
    const asked = matrix.say(roomId, ana, '@brainall what is 1 < 2?')
    const heard = await hears(asked)
    expect(heard.content).toMatchObject({
      body: 'BrainAll what is 1 < 2?',
      formatted_body: `<a href="https://matrix.to/#/${matrix.botUserId}">BrainAll</a> what is 1 &lt; 2?`,
      'm.mentions': { user_ids: [matrix.botUserId] },
    })

    const inThread = {
      rel_type: 'm.thread',
      event_id: asked,
      is_falling_back: true,
      'm.in_reply_to': { event_id: asked },
    }
    const answer = await bot.client.sendMessage(roomId, {
      msgtype: 'm.notice',
      body: 'thin',
      'm.mentions': {},
      'm.relates_to': inThread,
    })
    const next = {
      msgtype: 'm.notice',
      body: 'It is true.',
      format: 'org.matrix.custom.html',
      formatted_body: 'It is <strong>true</strong>.',
      'm.mentions': {},
    }
    const edit = await bot.client.sendMessage(roomId, {
      ...next,
      body: '* It is true.',
      formatted_body: '* It is <strong>true</strong>.',
      'm.new_content': next,
      'm.relates_to': { rel_type: 'm.replace', event_id: answer },
    })

    expect(matrix.thread(roomId, asked)).toMatchObject([
      { eventId: asked, sender: ana, isNotice: false },
      {
        eventId: answer,
        sender: matrix.botUserId,
        isNotice: true,
        body: 'It is true.',
        formattedBody: 'It is <strong>true</strong>.',
        threadRoot: asked,
        original: { body: 'thin' },
        edits: [{ eventId: edit }],
      },
    ])
    expect(matrix.message(roomId, answer)).not.toHaveProperty('replyTo')
    const echo = await hears(answer)
    expect(echo.unsigned).toHaveProperty('transaction_id')
    const followUp = matrix.say(roomId, ana, { body: 'and 2 < 1?', threadRoot: asked })
    expect((await hears(followUp)).content['m.relates_to']).toEqual({
      ...inThread,
      'm.in_reply_to': { event_id: answer },
    })
    expect(await bot.client.getRelationsForEvent(roomId, asked, 'm.thread')).toMatchObject({
      chunk: [{ event_id: followUp }, { event_id: answer }],
    })
  })

  test('passes on edits, reactions and replies of people', async () => {
    const roomId = matrix.addRoom({ creator: ana })
    await bot.client.start()
    const answer = await bot.client.sendText(roomId, 'hello')
    const reply = matrix.say(roomId, ana, { body: 'more', replyTo: answer })
    expect((await hears(reply)).content).toMatchObject({
      'm.mentions': { user_ids: [matrix.botUserId] },
      'm.relates_to': { 'm.in_reply_to': { event_id: answer } },
    })
    const edit = matrix.edit(roomId, ana, reply, 'less')
    expect((await hears(edit)).content).toMatchObject({
      body: '* less',
      'm.new_content': { body: 'less' },
      'm.relates_to': { rel_type: 'm.replace', event_id: reply },
    })
    expect(matrix.message(roomId, reply)).toMatchObject({ body: 'less', replyTo: answer })
    matrix.react(roomId, ana, answer, '👍')
    expect(matrix.message(roomId, answer)?.reactions).toMatchObject([{ key: '👍', sender: ana }])
  })

  test.each(['10', '11'] as const)('puts redacts where room version %s has it', async (version) => {
    const roomId = matrix.addRoom({ creator: ana, version })
    await bot.client.start()
    const said = matrix.say(roomId, ana, 'oops')
    const redaction = await hears(matrix.redact(roomId, ana, said))
    expect(redaction.redacts).toBe(version === '10' ? said : undefined)
    expect(redaction.content.redacts).toBe(version === '11' ? said : undefined)
    expect(matrix.message(roomId, said)).toMatchObject({ isRedacted: true, body: '', redactedBy: ana })
    expect(await bot.client.getEvent(roomId, said)).toMatchObject({
      content: {},
      unsigned: { redacted_because: { sender: ana } },
    })
  })

  test('retracting an edit shows the message before it', async () => {
    const roomId = matrix.addRoom({ creator: ana })
    const answer = await bot.client.sendText(roomId, 'first')
    const next = { msgtype: 'm.text', body: 'second' }
    const relation = { 'm.relates_to': { rel_type: 'm.replace', event_id: answer } }
    const edit = await bot.client.sendMessage(roomId, { ...next, 'm.new_content': next, ...relation })
    expect(matrix.message(roomId, answer)?.body).toBe('second')
    await bot.client.redactEvent(roomId, edit)
    expect(matrix.message(roomId, answer)).toMatchObject({ body: 'first', edits: [] })
  })

  test('carries a voice note whose sound only a bearer can fetch', async () => {
    const roomId = matrix.addRoom({ creator: ana, direct: true })
    await bot.client.start()
    const data = Buffer.from('OggS and so on')
    const note = await hears(matrix.voiceNote(roomId, ana, { data, durationMs: 2300, mimetype: 'audio/ogg' }))
    expect(note.content).toMatchObject({
      msgtype: 'm.audio',
      info: { duration: 2300, mimetype: 'audio/ogg', size: data.length },
      'org.matrix.msc3245.voice': {},
      'org.matrix.msc1767.audio': { duration: 2300 },
    })
    const url = String(note.content.url)
    expect(await bot.client.downloadContent(url)).toEqual({ data, contentType: 'audio/ogg' })
    const path = `${matrix.url}/_matrix/client/v1/media/download/${url.slice('mxc://'.length)}`
    const bare = await fetch(path)
    expect([bare.status, await bare.json()]).toMatchObject([401, { errcode: 'M_MISSING_TOKEN' }])
    const old = await fetch(bot.client.mxcToHttp(url))
    expect([old.status, await old.json()]).toMatchObject([404, { errcode: 'M_NOT_FOUND' }])
    expect(await bot.client.getAccountData('m.direct')).toEqual({ [ana]: [roomId] })
  })

  test('uploads what the bot sends', async () => {
    const roomId = matrix.addRoom({ creator: ana })
    const url = await bot.client.uploadContent(Buffer.from('a,b'), 'text/csv', 'table.csv')
    const sent = await bot.client.sendMessage(roomId, { msgtype: 'm.file', body: 'table.csv', url })
    expect(matrix.message(roomId, sent)?.mediaUrl).toBe(url)
    expect(matrix.media(url)).toMatchObject({ contentType: 'text/csv', fileName: 'table.csv' })
  })

  test('shows an encrypted message to people and only its envelope to the bot', async () => {
    const roomId = matrix.addRoom({ creator: ana, encrypted: true })
    await bot.client.start()
    const said = matrix.sayEncrypted(roomId, ana, '@brainall secret')
    const heard = await hears(said)
    expect(heard).toMatchObject({
      type: 'm.room.encrypted',
      content: { algorithm: 'm.megolm.v1.aes-sha2' },
    })
    expect(JSON.stringify(heard)).not.toContain('secret')
    expect(matrix.message(roomId, said)).toMatchObject({ isEncrypted: true, body: 'BrainAll secret' })
    expect(await bot.client.getRoomStateEvent(roomId, 'm.room.encryption', '')).toMatchObject({
      algorithm: 'm.megolm.v1.aes-sha2',
    })
  })

  test('keeps a log of typing and receipts', async () => {
    const roomId = matrix.addRoom({ creator: ana })
    const said = matrix.say(roomId, ana, 'hi')
    await bot.client.setTyping(roomId, true, 10_000)
    await bot.client.sendReadReceipt(roomId, said)
    expect(matrix.typingNow(roomId)).toEqual([matrix.botUserId])
    await bot.client.setTyping(roomId, false)
    expect(matrix.typingLog(roomId).map(({ isTyping }) => isTyping)).toEqual([true, false])
    expect(matrix.receipts(roomId)).toMatchObject([
      { type: 'm.read', eventId: said, userId: matrix.botUserId },
    ])
  })

  test('lets the bot log in with its password and others register', async () => {
    const auth = new MatrixAuth(matrix.url)
    const again = await auth.passwordLogin('brainall', matrix.botPassword)
    expect(await again.getUserId()).toBe(matrix.botUserId)
    await expect(auth.passwordLogin('brainall', 'wrong')).rejects.toMatchObject({ errcode: 'M_FORBIDDEN' })
    const other = await auth.passwordRegister('second-bot', 'pw')
    expect(await other.getUserId()).toBe('@second-bot:sim.local')
    matrix.revokeAccessTokens(matrix.botUserId)
    await expect(again.getWhoAmI()).rejects.toMatchObject({ errcode: 'M_UNKNOWN_TOKEN', statusCode: 401 })
  })
})
