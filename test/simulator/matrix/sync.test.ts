import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type MatrixEmulator, startMatrixEmulator } from '../../../src/simulator/matrix/index.ts'
import { type Bot, openBot, type SyncAnswer } from './bot.ts'

let matrix: MatrixEmulator
let bot: Bot
let ana: string

beforeEach(async () => {
  matrix = await startMatrixEmulator()
  bot = openBot(matrix.url, matrix.accessToken)
  ana = matrix.addPerson('ana')
})

afterEach(async () => {
  bot.stop()
  await matrix.close()
})

async function sync(since?: string, more = ''): Promise<SyncAnswer> {
  const query = since === undefined ? '' : `&since=${since}`
  return bot.client.doRequest('GET', `/_matrix/client/v3/sync?timeout=0${query}${more}`)
}

async function startBot(): Promise<void> {
  await bot.client.start()
  await vi.waitFor(() => expect(bot.syncs.length).toBeGreaterThan(0))
}

describe('sync', () => {
  test('invites, lets join, kicks and takes back', async () => {
    await startBot()
    const roomId = matrix.addRoom({ creator: ana, bot: 'invited', direct: true })
    await vi.waitFor(() => expect(bot.invites).toEqual([roomId]))
    await vi.waitFor(async () =>
      expect(await bot.client.getAccountData('m.direct')).toEqual({ [ana]: [roomId] }),
    )
    await expect(bot.client.sendText(roomId, 'too early')).rejects.toMatchObject({ errcode: 'M_FORBIDDEN' })
    expect(await bot.client.joinRoom(roomId)).toBe(roomId)
    await vi.waitFor(() => expect(bot.joins).toEqual([roomId]))
    expect(matrix.room(roomId).members).toEqual({ [ana]: 'join', [matrix.botUserId]: 'join' })
    matrix.kick(roomId, ana, matrix.botUserId)
    await vi.waitFor(() => expect(bot.leaves).toEqual([roomId]))
    await expect(bot.client.joinRoom(roomId)).rejects.toMatchObject({ errcode: 'M_FORBIDDEN' })
    await expect(bot.client.sendText(roomId, 'gone')).rejects.toMatchObject({ statusCode: 403 })
  })

  test('joins a public room by alias', async () => {
    const roomId = matrix.addRoom({ creator: ana, bot: 'absent', joinRule: 'public', alias: 'lobby' })
    expect(await bot.client.joinRoom('#lobby:sim.local')).toBe(roomId)
    expect(await bot.client.getJoinedRooms()).toEqual([roomId])
    await expect(bot.client.joinRoom('#none:sim.local')).rejects.toMatchObject({ errcode: 'M_NOT_FOUND' })
  })

  test('leaves a gap that /messages fills', async () => {
    const roomId = matrix.addRoom({ creator: ana })
    await startBot()
    const said: string[] = []
    matrix.withGap(roomId, () => {
      for (let index = 0; index < 5; index += 1) said.push(matrix.say(roomId, ana, `message ${index}`))
    })
    await vi.waitFor(() => expect(bot.seen.at(-1)?.event_id).toBe(said[4]))
    const gap = bot.syncs.slice(1).find((answer) => answer.rooms.join[roomId]?.timeline.limited)
    const timeline = gap?.rooms.join[roomId]?.timeline
    expect(timeline?.events.map(({ event_id }) => event_id)).toEqual(said.slice(4))
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages`
    const page = await bot.client.doRequest('GET', path, { dir: 'b', from: timeline?.prev_batch, limit: 4 })
    expect(page.chunk.map((event: { event_id: string }) => event.event_id)).toEqual(
      said.slice(0, 4).reverse(),
    )
    const ahead = await bot.client.doRequest('GET', path, { dir: 'f', from: page.end, limit: 2 })
    expect(ahead.chunk.map((event: { event_id: string }) => event.event_id)).toEqual(said.slice(0, 2))
  })

  test('is limited to ten events a room without a filter', async () => {
    const roomId = matrix.addRoom({ creator: ana })
    const { next_batch: since } = await sync()
    const said = Array.from({ length: 12 }, (_, index) => matrix.say(roomId, ana, String(index)))
    const ten = (await sync(since)).rooms.join[roomId]?.timeline
    expect([ten?.limited, ten?.events.map(({ event_id }) => event_id)]).toEqual([true, said.slice(2)])
    const filter = encodeURIComponent(JSON.stringify({ room: { timeline: { limit: 50 } } }))
    const all = (await sync(since, `&filter=${filter}`)).rooms.join[roomId]?.timeline
    expect([all?.limited, all?.events.map(({ event_id }) => event_id)]).toEqual([false, said])
  })

  test('gives the same events again for an old token, and replayed ones for a new one', async () => {
    const roomId = matrix.addRoom({ creator: ana })
    const { next_batch: before } = await sync()
    const said = matrix.say(roomId, ana, 'once')
    const first = await sync(before)
    expect((await sync(before)).rooms.join[roomId]?.timeline.events).toHaveLength(1)
    expect((await sync(first.next_batch)).rooms.join).toEqual({})
    matrix.redeliver(roomId, said)
    const again = (await sync(first.next_batch)).rooms.join[roomId]?.timeline.events
    expect(again?.map(({ event_id }) => event_id)).toEqual([said])
    expect(matrix.messages(roomId)).toHaveLength(1)
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages`
    const page = await bot.client.doRequest('GET', path, { dir: 'b', limit: 50 })
    const ids = page.chunk.map((event: { event_id: string }) => event.event_id)
    expect(ids.filter((id: string) => id === said)).toEqual([said])
  })

  test('wakes a waiting sync and ends it at its time limit', async () => {
    const roomId = matrix.addRoom({ creator: ana })
    const { next_batch: since } = await sync()
    const path = '/_matrix/client/v3/sync'
    const waiting = bot.client.doRequest('GET', path, { since, timeout: 20_000 })
    const said = matrix.say(roomId, ana, 'wake up')
    const { next_batch: next, rooms } = await waiting
    expect(rooms.join[roomId].timeline.events[0].event_id).toBe(said)
    const quiet = await bot.client.doRequest('GET', path, { since: next, timeout: 30 })
    expect(quiet).toMatchObject({ next_batch: next, rooms: { join: {} } })
  })

  test('tells of typing in the room', async () => {
    const roomId = matrix.addRoom({ creator: ana })
    const { next_batch: since } = await sync()
    matrix.setTyping(roomId, ana, true)
    expect((await sync(since)).rooms.join[roomId]?.ephemeral.events).toEqual([
      { type: 'm.typing', content: { user_ids: [ana] } },
    ])
  })

  test('closes an upgraded room and points to the next', async () => {
    const roomId = matrix.addRoom({ creator: ana, version: '10', name: 'Old' })
    const nextId = matrix.upgradeRoom(roomId, ana)
    expect(matrix.room(roomId).replacedBy).toBe(nextId)
    expect(matrix.room(nextId)).toMatchObject({ version: '11', name: 'Old' })
    expect(await bot.client.getRoomStateEvent(roomId, 'm.room.tombstone', '')).toMatchObject({
      replacement_room: nextId,
    })
    await expect(bot.client.sendText(roomId, 'late')).rejects.toMatchObject({ errcode: 'M_FORBIDDEN' })
    await bot.client.joinRoom(nextId)
    await bot.client.sendText(nextId, 'here')
  })
})
