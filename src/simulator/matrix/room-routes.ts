import { clientEvent, memberProfiles } from './client-event.ts'
import type { Homeserver } from './homeserver.ts'
import { isObject, type JsonObject, objectAt, stringAt, stringsAt } from './json.ts'
import { invite, join, leave, reasonIn, remove, requireJoined, setMembership } from './membership.ts'
import { badJson, forbidden, invalidParam, MatrixRefusal, notFound } from './refusal.ts'
import { membership, type Room, stateEvent } from './room.ts'
import { createRoom, joinedRoomIds } from './room-creation.ts'
import { type ApiCall, ok, type Route, route } from './router.ts'

const V3 = '_matrix/client/v3'

export function roomRoutes(server: Homeserver): Route[] {
  const rooms = `${V3}/rooms/:roomId`
  const joinedRoom = (call: ApiCall) =>
    requireJoined(server.rooms.get(call.param('roomId')), call.session().userId)
  const joinRoom = (call: ApiCall, room: Room | undefined) => {
    const { userId } = call.session()
    call.body({ mayBeEmpty: true })
    if (!room) throw notFound('No known servers')
    join(server, room, userId)
    return ok({ room_id: room.roomId })
  }
  const readState = (call: ApiCall, stateKey: string) => {
    const event = stateEvent(joinedRoom(call), call.param('type'), stateKey)
    if (!event) throw notFound('Event not found.')
    return ok(call.query.get('format') === 'event' ? { ...event } : event.content)
  }
  const removeRoute = (verb: 'kick' | 'ban') =>
    route('POST', `${rooms}/${verb}`, (call) => {
      const body = call.body()
      const target = userIdIn(body)
      const to = verb === 'ban' ? 'ban' : 'leave'
      remove(server, joinedRoom(call), { actor: call.session().userId, target, to, ...reasonIn(body) })
      return ok()
    })
  return [
    route('GET', `${V3}/joined_rooms`, (call) =>
      ok({ joined_rooms: joinedRoomIds(server, call.session().userId) }),
    ),
    route('POST', `${V3}/createRoom`, (call) => ok({ room_id: createAsked(server, call).roomId })),
    route('POST', `${V3}/join/:roomIdOrAlias`, (call) => {
      const asked = call.param('roomIdOrAlias')
      return joinRoom(call, server.rooms.get(server.aliases.get(asked) ?? asked))
    }),
    route('POST', `${rooms}/join`, (call) => joinRoom(call, server.rooms.get(call.param('roomId')))),
    route('POST', `${rooms}/leave`, (call) => {
      const { userId } = call.session()
      const { reason } = reasonIn(call.body({ mayBeEmpty: true }))
      const room = server.rooms.get(call.param('roomId'))
      if (!room) throw forbidden(`User ${userId} not in room`)
      leave(server, room, userId, reason)
      return ok()
    }),
    route('POST', `${rooms}/forget`, (call) => {
      const { userId } = call.session()
      const room = server.rooms.get(call.param('roomId'))
      if (!room || membership(room, userId) === undefined) throw notFound('Room not found')
      if (membership(room, userId) === 'join')
        throw new MatrixRefusal(400, 'M_UNKNOWN', `User ${userId} is in room ${room.roomId}`)
      room.forgottenBy.add(userId)
      return ok()
    }),
    route('POST', `${rooms}/invite`, (call) => {
      const body = call.body()
      const target = userIdIn(body)
      if (!server.users.has(target)) throw notFound(`unknown user ${target}`)
      invite(server, joinedRoom(call), { actor: call.session().userId, target, ...reasonIn(body) })
      return ok()
    }),
    removeRoute('kick'),
    removeRoute('ban'),
    route('POST', `${rooms}/unban`, (call) => {
      const target = userIdIn(call.body())
      const room = joinedRoom(call)
      if (membership(room, target) !== 'ban') throw forbidden(`${target} is not banned`)
      setMembership(server, room, { actor: call.session().userId, target, to: 'leave' })
      return ok()
    }),
    route('GET', `${rooms}/state`, (call) => {
      const { accessToken, userId } = call.session()
      const room = joinedRoom(call)
      const stored = [...room.state.values()].flatMap((keys) => [...keys.values()])
      return ok(stored.map((one) => clientEvent(room, one, accessToken, userId)))
    }),
    route('GET', `${rooms}/state/:type`, (call) => readState(call, '')),
    route('GET', `${rooms}/state/:type/*stateKey`, (call) => readState(call, call.param('stateKey'))),
    route('GET', `${rooms}/members`, (call) => {
      const { accessToken, userId } = call.session()
      const room = joinedRoom(call)
      const wanted = call.query.get('membership')
      const unwanted = call.query.get('not_membership')
      const chunk = [...(room.state.get('m.room.member')?.values() ?? [])]
        .filter(({ event }) => wanted === null || event.content.membership === wanted)
        .filter(({ event }) => unwanted === null || event.content.membership !== unwanted)
      return ok({ chunk: chunk.map((stored) => clientEvent(room, stored, accessToken, userId)) })
    }),
    route('GET', `${rooms}/joined_members`, (call) => ok({ joined: memberProfiles(joinedRoom(call)) })),
    route('GET', `${V3}/directory/room/:alias`, (call) => {
      const roomId = server.aliases.get(call.param('alias'))
      if (roomId === undefined) throw notFound(`Room alias ${call.param('alias')} not found`)
      return ok({ room_id: roomId, servers: [server.serverName] })
    }),
  ]
}

function userIdIn(body: JsonObject): string {
  const userId = stringAt(body, 'user_id')
  if (userId === undefined) throw new MatrixRefusal(400, 'M_MISSING_PARAM', "Missing params: ['user_id']")
  if (!/^@[^:]+:.+$/.test(userId)) throw invalidParam('Expected UserID string to start with @')
  return userId
}

function createAsked(server: Homeserver, call: ApiCall): Room {
  const { userId } = call.session()
  const body = call.body()
  const version = body.room_version ?? '11'
  if (version !== '10' && version !== '11')
    throw new MatrixRefusal(
      400,
      'M_UNSUPPORTED_ROOM_VERSION',
      'Your homeserver does not support this room version',
    )
  const invited = body.invite === undefined ? [] : stringsAt(body, 'invite')
  if (!invited) throw badJson('invite must be a list of user ids')
  for (const target of invited) if (!server.users.has(target)) throw notFound(`unknown user ${target}`)
  const aliasName = stringAt(body, 'room_alias_name')
  const alias = aliasName === undefined ? undefined : `#${aliasName}:${server.serverName}`
  if (alias !== undefined && server.aliases.has(alias))
    throw new MatrixRefusal(400, 'M_ROOM_IN_USE', 'Room alias already taken')
  const name = stringAt(body, 'name')
  const topic = stringAt(body, 'topic')
  const preset = stringAt(body, 'preset')
  const trusted =
    preset === 'trusted_private_chat'
      ? { users: Object.fromEntries([userId, ...invited].map((id) => [id, 100])) }
      : {}
  return createRoom(server, {
    creator: userId,
    version,
    joinRule: preset === 'public_chat' || body.visibility === 'public' ? 'public' : 'invite',
    isDirect: body.is_direct === true,
    invited,
    initialState: initialState(body.initial_state),
    powerLevels: { ...trusted, ...objectAt(body, 'power_level_content_override') },
    creationContent: objectAt(body, 'creation_content') ?? {},
    ...(alias === undefined ? {} : { alias }),
    ...(name === undefined ? {} : { name }),
    ...(topic === undefined ? {} : { topic }),
  })
}

function initialState(value: unknown): { type: string; stateKey: string; content: JsonObject }[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw badJson('initial_state must be a list')
  return value.map((item: unknown) => {
    const type = isObject(item) ? stringAt(item, 'type') : undefined
    const content = isObject(item) ? objectAt(item, 'content') : undefined
    if (!isObject(item) || type === undefined || !content)
      throw badJson('initial_state needs type and content')
    return { type, stateKey: stringAt(item, 'state_key') ?? '', content }
  })
}
