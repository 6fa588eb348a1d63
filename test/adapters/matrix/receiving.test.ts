import { beforeEach, describe, expect, it, vi } from 'vitest'
import { HubError } from '../../../src/model/errors.ts'
import type { MatrixEmulator } from '../../../src/simulator/matrix/index.ts'
import { listen, memoryCursor, openMatrix, textsOf } from './stage.ts'

let matrix: MatrixEmulator
let ana: string
let bo: string
let room: string

beforeEach(async () => {
  matrix = await openMatrix()
  ana = matrix.addPerson('ana')
  bo = matrix.addPerson('bo')
  room = matrix.addRoom({ creator: ana, members: [bo], name: 'Team' })
})

const since = (cursor: { stored: string | undefined }): unknown => JSON.parse(cursor.stored ?? '{}').since

describe('the first sync', () => {
  it('answers nothing from before, and accepts invitations', async () => {
    matrix.say(room, ana, '@brainall long ago')
    const waiting = matrix.addRoom({ creator: bo, members: [ana], bot: 'invited' })
    const heard = await listen(matrix)
    matrix.say(room, ana, 'now')
    await heard.message('now')
    await vi.waitFor(() => expect(matrix.room(waiting).members[matrix.botUserId]).toBe('join'))
    matrix.say(waiting, bo, 'welcome')
    await heard.message('welcome')
    expect(textsOf(heard.events).sort()).toEqual(['now', 'welcome'])
  })
})

describe('an event that cannot be stored', () => {
  it('is taken again in its order, while the token stays where it was', async () => {
    const cursor = memoryCursor()
    const other = matrix.addRoom({ creator: bo, members: [ana], name: 'Other' })
    const tokens: unknown[] = []
    let failures = 2
    const heard = await listen(matrix, {
      cursor,
      beforeCommit(event) {
        if (event.kind !== 'message' || event.text !== 'two' || failures-- <= 0) return
        tokens.push(since(cursor))
        throw new HubError('storage_down', 'the database is away', { retry: { kind: 'later' } })
      },
    })
    const before = since(cursor)
    for (const body of ['one', 'two', 'three']) matrix.say(room, ana, body)
    matrix.say(other, bo, 'elsewhere')
    await heard.message('elsewhere')
    await heard.message('three')
    expect(textsOf(heard.events.filter(({ channel }) => channel.externalId === room))).toEqual([
      'one',
      'two',
      'three',
    ])
    expect(tokens).toEqual([before, before])
    await vi.waitFor(() => expect(since(cursor)).not.toBe(before))
  })

  it('is left out, and said in the log, where trying again is useless', async () => {
    const heard = await listen(matrix, {
      beforeCommit(event) {
        if (event.kind === 'message' && event.text === 'bad') throw new HubError('event_malformed', 'never')
      },
    })
    const bad = matrix.say(room, ana, 'bad')
    matrix.say(room, ana, 'good')
    await heard.message('good')
    expect(textsOf(heard.events)).toEqual(['good'])
    const told = heard.log.lines.find(({ level }) => level === 'error')
    expect(told?.fields).toMatchObject({ code: 'event_malformed', eventId: bad })
  })

  it('comes again after a stop in the middle', async () => {
    const cursor = memoryCursor()
    const first = await listen(matrix, {
      cursor,
      beforeCommit(event) {
        if (event.kind === 'message' && event.text === 'two')
          throw new HubError('storage_down', 'away', { retry: { kind: 'later' } })
      },
    })
    matrix.say(room, ana, 'one')
    matrix.say(room, ana, 'two')
    await vi.waitFor(() => expect(first.log.lines.some(({ level }) => level === 'error')).toBe(true))
    await first.stop()
    const second = await listen(matrix, { cursor })
    await second.message('two')
    // What was stored but not acknowledged comes again under the same id.
    expect(textsOf(first.events)).toEqual(['one'])
    expect(textsOf(second.events)).toEqual(['one', 'two'])
    expect(second.events[0]?.eventId).toBe(first.events[0]?.eventId)
  })

  it('comes again when only the token could not be stored', async () => {
    const cursor = memoryCursor()
    const heard = await listen(matrix, { cursor })
    const before = since(cursor)
    cursor.failWrites = 1
    matrix.say(room, ana, 'one')
    await vi.waitFor(() => expect(since(cursor)).not.toBe(before), 5_000)
    expect(new Set(heard.events.map(({ eventId }) => eventId)).size).toBe(1)
  })
})

describe('a restart', () => {
  it('goes on where it stopped, without loss and without repetition', async () => {
    const cursor = memoryCursor()
    const said: string[] = []
    const heardIds: string[] = []
    for (let round = 0; round < 4; round += 1) {
      said.push(matrix.say(room, ana, `while away ${round}`))
      const heard = await listen(matrix, { cursor })
      said.push(matrix.say(room, ana, `while there ${round}`))
      await heard.message(`while there ${round}`)
      const shown = since(cursor)
      matrix.say(room, matrix.botUserId, 'moves the token')
      await vi.waitFor(() => expect(since(cursor)).not.toBe(shown))
      await heard.stop()
      heardIds.push(...heard.events.map(({ eventId }) => eventId))
    }
    // The first one was said before the hub ever started.
    expect(heardIds).toEqual(said.slice(1))
  })

  it('finds an invitation that was not accepted yet', async () => {
    const cursor = memoryCursor()
    const heard = await listen(matrix, { cursor })
    const release = matrix.faults.add({
      match: /POST .*\/join\//,
      effect: { kind: 'answer', status: 502, body: {} },
      times: Number.POSITIVE_INFINITY,
    })
    const invited = matrix.addRoom({ creator: bo, members: [ana], bot: 'invited' })
    await vi.waitFor(() => expect(cursor.stored).toContain(invited))
    await heard.stop()
    release()
    const again = await listen(matrix, { cursor })
    await vi.waitFor(() => expect(matrix.room(invited).members[matrix.botUserId]).toBe('join'))
    matrix.say(invited, bo, 'there you are')
    await again.message('there you are')
    await vi.waitFor(() => expect(cursor.stored).not.toContain(invited))
  })
})

describe('a gap', () => {
  it('is filled from the history, in order', async () => {
    const heard = await listen(matrix)
    const texts = Array.from({ length: 230 }, (_, index) => `message ${index}`)
    matrix.withGap(room, () => {
      for (const text of texts) matrix.say(room, ana, text)
    })
    await heard.message('message 229')
    expect(textsOf(heard.events)).toEqual(texts)
  })

  it('is filled after a restart, when many messages came meanwhile', async () => {
    const cursor = memoryCursor()
    const heard = await listen(matrix, { cursor })
    await heard.stop()
    const texts = Array.from({ length: 120 }, (_, index) => `message ${index}`)
    for (const text of texts) matrix.say(room, ana, text)
    const again = await listen(matrix, { cursor })
    expect(textsOf(again.events)).toEqual(texts)
  })

  it('that was cut short while it was taken goes on behind what was taken', async () => {
    const cursor = memoryCursor()
    await (await listen(matrix, { cursor })).stop()
    for (let index = 0; index < 60; index += 1) matrix.say(room, ana, `message ${index}`)
    let taken = 0
    const killed = Promise.withResolvers<void>()
    const beforeCommit = async (): Promise<void> => {
      taken += 1
      if (taken > 40) await killed.promise
    }
    const hanging = listen(matrix, { cursor, beforeCommit }).catch(() => undefined)
    await vi.waitFor(async () => expect(JSON.stringify(await cursor.read())).toContain(room), 5_000)
    const kept = memoryCursor()
    await kept.write(structuredClone(await cursor.read()))
    const again = await listen(matrix, { cursor: kept })
    expect(textsOf(again.events)).toEqual(Array.from({ length: 20 }, (_, n) => `message ${n + 40}`))
    killed.resolve()
    await hanging
  })

  it('too long to be filled is told of', async () => {
    const heard = await listen(matrix)
    matrix.withGap(room, () => {
      for (let index = 0; index < 2_120; index += 1) matrix.say(room, ana, `message ${index}`)
    })
    await heard.message('message 2119')
    expect(heard.events.length).toBeGreaterThan(2_000)
    expect(heard.log.lines.some(({ message }) => message.includes('too long to be filled'))).toBe(true)
  })
})

describe('a token that the homeserver no longer knows', () => {
  it('loses nothing that came since', async () => {
    const cursor = memoryCursor()
    const first = await listen(matrix, { cursor })
    matrix.say(room, ana, { body: 'old', sentAt: Date.now() - 3_600_000 })
    await first.message('old')
    const known = since(cursor)
    matrix.say(room, ana, 'heard already')
    await first.message('heard already')
    await vi.waitFor(() => expect(since(cursor)).not.toBe(known))
    await first.stop()
    for (let index = 0; index < 70; index += 1)
      matrix.say(room, ana, { body: `missed ${index}`, sentAt: Date.now() + 1_000 })
    cursor.stored = JSON.stringify({ ...JSON.parse(cursor.stored ?? ''), since: 's999999999' })
    const second = await listen(matrix, { cursor })
    await second.message('missed 69')
    expect(textsOf(second.events).filter((text) => text.startsWith('missed'))).toEqual(
      Array.from({ length: 70 }, (_, index) => `missed ${index}`),
    )
    expect(textsOf(second.events)).not.toContain('old')
  })
})

it('hears a redelivered event under the same id', async () => {
  const heard = await listen(matrix)
  const said = matrix.say(room, ana, 'once')
  await heard.message('once')
  matrix.redeliver(room, said)
  await vi.waitFor(() => expect(heard.events.map(({ eventId }) => eventId)).toEqual([said, said]))
})

it('does not replay the history of a room that it comes back to', async () => {
  const heard = await listen(matrix)
  matrix.say(room, ana, 'before')
  await heard.message('before')
  matrix.kick(room, ana, matrix.botUserId)
  matrix.say(room, ana, 'while it was out')
  matrix.invite(room, ana, matrix.botUserId)
  matrix.say(room, ana, 'welcome back')
  await heard.message('welcome back')
  expect(textsOf(heard.events)).toEqual(['before', 'welcome back'])
})

describe('the connection', () => {
  it('says that it is down and comes back by itself', async () => {
    const heard = await listen(matrix)
    matrix.faults.add({ match: /\/sync/, effect: { kind: 'cut' }, times: 1 })
    matrix.say(room, ana, 'during')
    await heard.message('during')
    matrix.say(room, ana, 'after')
    await heard.message('after')
    await vi.waitFor(() =>
      expect(heard.states.map(({ kind }) => kind)).toEqual(['connected', 'down', 'connected']),
    )
  })

  it('ends at once when it is told to, in the middle of a long poll', async () => {
    const heard = await listen(matrix)
    const from = performance.now()
    await heard.stop()
    expect(performance.now() - from).toBeLessThan(1_000)
    expect(await heard.ended).toBeUndefined()
  })

  it('is refused with a token that was revoked, also in the middle', async () => {
    const heard = await listen(matrix)
    matrix.revokeAccessTokens(matrix.botUserId)
    matrix.say(room, ana, 'wakes the sync')
    expect(await heard.ended).toMatchObject({ code: 'platform_unauthorized', retry: { kind: 'never' } })
    const again = await listen(matrix)
    expect(await again.ended).toMatchObject({ code: 'platform_unauthorized' })
    expect(JSON.stringify([heard.log.lines, heard.states, await again.ended])).not.toContain(
      matrix.accessToken,
    )
  })
})

describe('with user and password', () => {
  const credentials = () => ({ homeserverUrl: matrix.url, user: 'brainall', password: matrix.botPassword })
  const logIns = () => {
    const bodies: { device_id?: string }[] = []
    matrix.onRequest(({ method, path, body }) => {
      if (method === 'POST' && path.endsWith('/login')) bodies.push(JSON.parse(body.toString()))
    })
    return bodies
  }

  it('logs in once for all restarts, and stores no readable token', async () => {
    const made = logIns()
    const cursor = memoryCursor()
    for (const text of ['one', 'two']) {
      const heard = await listen(matrix, { cursor, credentials: credentials() })
      matrix.say(room, ana, text)
      await heard.message(text)
      await heard.stop()
    }
    expect(made).toHaveLength(1)
    expect(cursor.stored).not.toMatch(/syt_|bot-password/)
  })

  it('renews an ended session on the same device', async () => {
    const made = logIns()
    const cursor = memoryCursor()
    const heard = await listen(matrix, { cursor, credentials: credentials() })
    matrix.revokeAccessTokens(matrix.botUserId)
    matrix.say(room, ana, 'still there?')
    await heard.message('still there?')
    expect(made).toHaveLength(2)
    expect(made[1]?.device_id).toBe(JSON.parse(cursor.stored ?? '').session.deviceId)
  })

  it('is refused with a wrong password', async () => {
    const heard = await listen(matrix, { credentials: { ...credentials(), password: 'wrong' } })
    expect(await heard.ended).toMatchObject({ code: 'platform_unauthorized' })
  })
})
