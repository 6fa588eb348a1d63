import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { MatrixEmulator } from '../../../src/simulator/matrix/index.ts'
import { type Listening, listen, openMatrix } from './stage.ts'

let matrix: MatrixEmulator
let ana: string
let bo: string
let room: string
let heard: Listening

beforeEach(async () => {
  matrix = await openMatrix()
  ana = matrix.addPerson({ localpart: 'ana', displayName: 'Ana' })
  bo = matrix.addPerson({ localpart: 'bo', displayName: 'Bo' })
  room = matrix.addRoom({ creator: ana, members: [bo], name: 'Team' })
  heard = await listen(matrix)
})

const botSays = async (body: string, more: object = {}): Promise<string> => {
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/${body.length}${Math.random()}`
  const response = await fetch(matrix.url + path, {
    method: 'PUT',
    headers: { authorization: `Bearer ${matrix.accessToken}` },
    body: JSON.stringify({ msgtype: 'm.notice', body, 'm.mentions': {}, ...more }),
  })
  return ((await response.json()) as { event_id: string }).event_id
}

describe('a message in a room', () => {
  it('opens a conversation in a thread by a mention, without the name', async () => {
    const asked = matrix.say(room, ana, '@brainall what is 1 < 2?')
    expect(await heard.message('what is 1 < 2?')).toMatchObject({
      eventId: asked,
      messageId: asked,
      addressed: 'mention',
      conversation: { kind: 'keyed', key: `thread:${asked}`, opens: true },
      workspace: { externalId: matrix.botUserId, name: 'BrainAll' },
      channel: { externalId: room, name: 'Team', kind: 'group' },
      person: { externalId: ana, name: 'Ana' },
      target: { channel: room, threadRoot: asked, replyTo: asked, commandPrefix: '!', direct: false },
      attachments: [],
    })
    expect(heard.states.at(-1)).toMatchObject({ kind: 'connected', account: matrix.botUserId })
  })

  it('goes on in its thread without being addressed', async () => {
    const root = matrix.say(room, ana, 'root')
    const inThread = matrix.say(room, bo, { body: 'more', threadRoot: root })
    expect(await heard.message('more')).toMatchObject({
      addressed: 'none',
      conversation: { key: `thread:${root}`, opens: false },
      target: { threadRoot: root, replyTo: inThread },
    })
    expect(await heard.message('more')).not.toHaveProperty('replyTo')
  })

  it('is a reply when it answers the bot, in the thread of what it answers', async () => {
    const root = matrix.say(room, ana, 'root')
    const thread = {
      rel_type: 'm.thread',
      event_id: root,
      is_falling_back: true,
      'm.in_reply_to': { event_id: root },
    }
    const answer = await botSays('an answer', { 'm.relates_to': thread })
    matrix.say(room, bo, { body: 'and why?', replyTo: answer, mentions: [] })
    expect(await heard.message('and why?')).toMatchObject({
      addressed: 'reply',
      replyTo: answer,
      conversation: { key: `thread:${root}`, opens: false },
      target: { threadRoot: root },
    })
    const toAna = matrix.say(room, bo, { body: 'I agree', replyTo: root })
    expect(await heard.message('I agree')).toMatchObject({
      addressed: 'none',
      replyTo: root,
      conversation: { key: `thread:${toAna}`, opens: true },
    })
  })

  it('knows what it answers also after a restart', async () => {
    const answer = await botSays('from before')
    await heard.stop()
    heard = await listen(matrix)
    matrix.say(room, bo, { body: 'what was that?', replyTo: answer, mentions: [] })
    expect(await heard.message('what was that?')).toMatchObject({ addressed: 'reply', replyTo: answer })
  })

  it.each([
    ['BrainAll: hello', 'hello'],
    ['brainall, hello', 'hello'],
    ['@brainall:sim.local hello', 'hello'],
    ['@BrainAll   hello', 'hello'],
  ])('of a client that knows no mentions is meant when it begins with the name: %s', async (body, text) => {
    matrix.sendRaw(room, ana, 'm.room.message', { msgtype: 'm.text', body })
    expect(await heard.message(text)).toMatchObject({ addressed: 'mention' })
  })

  it.each(['BrainAllergy season', 'I like BrainAll', 'brainallx: hi'])('is not meant: %s', async (body) => {
    matrix.sendRaw(room, ana, 'm.room.message', { msgtype: 'm.text', body })
    expect(await heard.message(body)).toMatchObject({ addressed: 'none' })
  })

  it('counts as addressed by a bare command, and only by one of ours', async () => {
    matrix.say(room, ana, '!help')
    matrix.say(room, ana, '!deploy now')
    expect(await heard.message('!help')).toMatchObject({ addressed: 'mention' })
    expect(await heard.message('!deploy now')).toMatchObject({ addressed: 'none' })
  })

  it('loses the name wherever a pill stands, and the quote of old replies', async () => {
    matrix.say(room, ana, 'hey @brainall, are you there?')
    matrix.say(room, ana, 'what does @brainall think')
    const root = matrix.say(room, ana, 'root')
    matrix.sendRaw(room, ana, 'm.room.message', {
      msgtype: 'm.text',
      body: `> <${bo}> BrainAll is nice\n> really\n\nBrainAll: true?`,
      'm.relates_to': { 'm.in_reply_to': { event_id: root } },
    })
    await heard.message('hey, are you there?')
    await heard.message('what does think')
    expect(await heard.message('true?')).toMatchObject({ addressed: 'mention', replyTo: root })
  })

  it('is not heard when it is a notice, a reaction or the bot itself', async () => {
    matrix.say(room, ana, { body: '@brainall I am a bot', msgtype: 'm.notice' })
    const said = matrix.say(room, ana, 'first')
    matrix.react(room, bo, said, '👍')
    await botSays('mine')
    matrix.say(room, ana, { body: 'waves', msgtype: 'm.emote' })
    await heard.message('waves')
    expect(heard.events.map((event) => 'text' in event && event.text)).toEqual(['first', 'waves'])
  })
})

describe('a direct room', () => {
  it('is one conversation, and its threads are others', async () => {
    const direct = matrix.addRoom({ creator: ana, bot: 'invited', direct: true })
    const early = matrix.say(direct, ana, 'hello')
    expect(await heard.message('hello')).toMatchObject({
      messageId: early,
      addressed: 'direct',
      channel: { externalId: direct, name: 'Ana', kind: 'direct' },
      conversation: { key: 'direct', opens: false },
      target: { channel: direct, direct: true, commandPrefix: '!' },
    })
    expect((await heard.message('hello')).target).not.toHaveProperty('threadRoot')
    const inThread = matrix.say(direct, ana, { body: 'aside', threadRoot: early })
    expect(await heard.message('aside')).toMatchObject({
      conversation: { key: `thread:${early}`, opens: false },
      target: { threadRoot: early, replyTo: inThread },
    })
    const token = { headers: { authorization: `Bearer ${matrix.accessToken}` } }
    const note = `${matrix.url}/_matrix/client/v3/user/${matrix.botUserId}/account_data/m.direct`
    await vi.waitFor(async () => expect(await (await fetch(note, token)).json()).toEqual({ [ana]: [direct] }))
  })
})

describe('what comes with a message', () => {
  const data = Buffer.from('OggS')

  it('is a voice note with its length', async () => {
    matrix.voiceNote(room, ana, { data, durationMs: 2300, mimetype: 'audio/ogg' })
    const note = await heard.message('')
    expect(note.attachments).toMatchObject([
      { kind: 'voice', mimeType: 'audio/ogg', sizeBytes: 4, durationMs: 2300 },
    ])
    expect(note.attachments[0]?.reference).toMatchObject({ mxc: expect.stringMatching(/^mxc:/) })
  })

  it('is a file with its caption', async () => {
    matrix.file(room, ana, { data, mimetype: 'text/csv', fileName: 'a.csv', caption: '@brainall sum it' })
    expect(await heard.message('sum it')).toMatchObject({
      addressed: 'mention',
      attachments: [{ kind: 'file', name: 'a.csv', mimeType: 'text/csv' }],
    })
    matrix.image(room, ana, { data, mimetype: 'image/png', fileName: 'b.png' })
    expect((await heard.message('')).attachments).toMatchObject([{ kind: 'image', name: 'b.png' }])
  })
})

describe('what happens to a message later', () => {
  it('is an edit by its author', async () => {
    const said = matrix.say(room, ana, '@brainall one')
    const edit = matrix.edit(room, ana, said, '@brainall two')
    await vi.waitFor(() =>
      expect(heard.events.at(-1)).toMatchObject({
        kind: 'edit',
        eventId: edit,
        messageId: said,
        text: 'two',
      }),
    )
  })

  it('is no edit by somebody else', async () => {
    const said = matrix.say(room, ana, '@brainall one')
    matrix.sendRaw(room, bo, 'm.room.message', {
      msgtype: 'm.text',
      body: '* forged',
      'm.new_content': { msgtype: 'm.text', body: 'forged' },
      'm.relates_to': { rel_type: 'm.replace', event_id: said },
    })
    matrix.say(room, ana, 'after')
    await heard.message('after')
    expect(heard.events.map(({ kind }) => kind)).toEqual(['message', 'message'])
  })

  it.each(['10', '11'] as const)('is a deletion in room version %s', async (version) => {
    const own = matrix.addRoom({ creator: ana, members: [bo], version })
    const said = matrix.say(own, ana, 'oops')
    const redaction = matrix.redact(own, ana, said)
    await vi.waitFor(() =>
      expect(heard.events.at(-1)).toMatchObject({
        kind: 'deletion',
        eventId: redaction,
        messageId: said,
        person: { externalId: ana },
      }),
    )
  })
})

it('says of an encrypted room that it cannot read there', async () => {
  const secret = matrix.addRoom({ creator: ana, members: [bo], encrypted: true })
  const said = matrix.sayEncrypted(secret, ana, '@brainall secret')
  await vi.waitFor(() =>
    expect(heard.events.at(-1)).toMatchObject({
      kind: 'unreadable',
      reason: 'encrypted',
      eventId: said,
      channel: { externalId: secret, kind: 'group' },
      target: { channel: secret },
    }),
  )
})

describe('an upgraded room', () => {
  it.each(['joined', 'invited'] as const)('moves to the next one, where the bot is %s', async (bot) => {
    const next = matrix.upgradeRoom(room, ana, { bot })
    matrix.say(next, ana, '@brainall still there?')
    expect(await heard.message('still there?')).toMatchObject({ channel: { externalId: next } })
    const moves = heard.events.filter(({ kind }) => kind === 'channel-moved')
    expect(moves[0]).toMatchObject({ channel: { externalId: room }, newExternalId: next })
    expect(new Set(moves.map(({ eventId }) => eventId)).size).toBe(1)
    expect(heard.events[0]?.kind).toBe('channel-moved')
  })

  it('is not taken over by a room that only claims it', async () => {
    const claimant = matrix.addRoom({ creator: bo, members: [ana], name: 'Claimant' })
    matrix.sendRaw(room, ana, 'm.room.tombstone', { body: 'moved', replacement_room: claimant }, '')
    matrix.say(claimant, bo, 'here')
    await heard.message('here')
    matrix.say(room, ana, 'there')
    await heard.message('there')
    expect(heard.events.map(({ kind }) => kind)).toEqual(['message', 'message'])
  })
})
