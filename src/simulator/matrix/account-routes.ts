import { randomBytes } from 'node:crypto'
import type { WireAnswer } from '../wire-server.ts'
import { addUser, type Homeserver, openSession, putAccountData } from './homeserver.ts'
import { type JsonObject, objectAt, stringAt } from './json.ts'
import { requireJoined, showProfile } from './membership.ts'
import { badJson, forbidden, invalidParam, MatrixRefusal, notFound } from './refusal.ts'
import { type ApiCall, ok, type Route, route } from './router.ts'
import { parseSyncFilter } from './sync-filter.ts'

const V3 = '_matrix/client/v3'
const VERSIONS = Array.from({ length: 15 }, (_, minor) => `v1.${minor + 1}`)

export function accountRoutes(server: Homeserver): Route[] {
  const register = registration(server)
  const accountData = `${V3}/user/:userId/account_data/:type`
  const roomAccountData = `${V3}/user/:userId/rooms/:roomId/account_data/:type`
  return [
    route('GET', '_matrix/client/versions', () => ok({ versions: VERSIONS, unstable_features: {} })),
    route('GET', `${V3}/login`, () => ok({ flows: [{ type: 'm.login.password' }] })),
    route('POST', `${V3}/login`, (call) => ok(logIn(server, call.body()))),
    route('POST', `${V3}/register`, register),
    route('POST', `${V3}/logout`, (call) => {
      server.sessions.delete(call.session().accessToken)
      return ok()
    }),
    route('GET', `${V3}/account/whoami`, (call) => {
      const { userId, deviceId } = call.session()
      return ok({ user_id: userId, device_id: deviceId, is_guest: false })
    }),
    route('GET', `${V3}/capabilities`, (call) => {
      call.session()
      return ok({
        capabilities: {
          'm.change_password': { enabled: false },
          'm.room_versions': { default: '11', available: { 10: 'stable', 11: 'stable' } },
        },
      })
    }),
    route('GET', `${V3}/pushrules/`, (call) => {
      call.session()
      return ok({ global: { override: [], content: [], room: [], sender: [], underride: [] } })
    }),
    route('PUT', `${V3}/presence/:userId/status`, (call) => {
      requireOwn(call)
      if (stringAt(call.body(), 'presence') === undefined) throw badJson('presence must be a string')
      return ok()
    }),
    route('POST', `${V3}/user/:userId/filter`, (call) => {
      requireOwn(call)
      const filter = call.body()
      parseSyncFilter(filter)
      const { filters } = call.user()
      if (filters.length >= 1000) throw new MatrixRefusal(400, 'M_UNKNOWN', 'too many filters')
      return ok({ filter_id: String(filters.push(filter) - 1) })
    }),
    route('GET', `${V3}/user/:userId/filter/:filterId`, (call) => {
      requireOwn(call)
      const filter = call.user().filters[Number(call.param('filterId'))]
      if (!filter) throw notFound('No such filter')
      return ok(filter)
    }),
    route('GET', accountData, (call) => readAccountData(call)),
    route('GET', roomAccountData, (call) => readAccountData(call, call.param('roomId'))),
    route('PUT', accountData, (call) => writeAccountData(server, call)),
    route('PUT', roomAccountData, (call) => writeAccountData(server, call, call.param('roomId'))),
    ...profileRoutes(server),
  ]
}

function profileRoutes(server: Homeserver): Route[] {
  const profileOf = (call: ApiCall): JsonObject => {
    const user = server.users.get(call.param('userId'))
    if (!user) throw notFound('Profile was not found')
    return {
      ...(user.displayName === undefined ? {} : { displayname: user.displayName }),
      ...(user.avatarUrl === undefined ? {} : { avatar_url: user.avatarUrl }),
    }
  }
  const readField = (field: string) =>
    route('GET', `${V3}/profile/:userId/${field}`, (call) => {
      const value = profileOf(call)[field]
      return ok(value === undefined ? {} : { [field]: value })
    })
  return [
    route('GET', `${V3}/profile/:userId`, (call) => ok(profileOf(call))),
    readField('displayname'),
    readField('avatar_url'),
    route('PUT', `${V3}/profile/:userId/displayname`, (call) => {
      requireOwn(call)
      const name = stringAt(call.body(), 'displayname')
      if (name === undefined) throw badJson('displayname must be a string')
      if (name.length > 256) throw invalidParam('Displayname is too long (max 256)')
      call.user().displayName = name
      showProfile(server, call.user().userId)
      return ok()
    }),
    route('PUT', `${V3}/profile/:userId/avatar_url`, (call) => {
      requireOwn(call)
      const url = stringAt(call.body(), 'avatar_url')
      if (url === undefined || !/^(mxc:\/\/.+)?$/.test(url))
        throw badJson('avatar_url must be an mxc:// address')
      call.user().avatarUrl = url
      showProfile(server, call.user().userId)
      return ok()
    }),
  ]
}

function requireOwn(call: ApiCall): void {
  if (call.param('userId') !== call.session().userId) throw forbidden('not your own user id')
}

function logIn(server: Homeserver, body: JsonObject): JsonObject {
  if (body.type !== 'm.login.password') throw new MatrixRefusal(400, 'M_UNKNOWN', 'Unknown login type')
  const identifier = objectAt(body, 'identifier')
  if (identifier?.type !== 'm.id.user') throw invalidParam('identifier must be of type m.id.user')
  const name = stringAt(identifier, 'user') ?? ''
  const user = server.users.get(name.startsWith('@') ? name : `@${name}:${server.serverName}`)
  if (!user || user.password !== body.password) throw forbidden('Invalid username or password')
  return sessionBody(server, user.userId, stringAt(body, 'device_id'))
}

function sessionBody(server: Homeserver, userId: string, deviceId?: string): JsonObject {
  const session = openSession(server, userId, deviceId)
  return {
    user_id: userId,
    access_token: session.accessToken,
    device_id: session.deviceId,
    home_server: server.serverName,
  }
}

function registration(server: Homeserver): (call: ApiCall) => WireAnswer {
  const uia = new Set<string>()
  return (call) => {
    const body = call.body()
    const localpart = stringAt(body, 'username') ?? randomBytes(6).toString('hex')
    if (!/^[a-z0-9._=/+-]+$/.test(localpart))
      throw new MatrixRefusal(
        400,
        'M_INVALID_USERNAME',
        'User ID can only contain characters a-z, 0-9, or =_-./+',
      )
    const userId = `@${localpart}:${server.serverName}`
    if (server.users.has(userId)) throw new MatrixRefusal(400, 'M_USER_IN_USE', 'User ID already taken.')
    const auth = objectAt(body, 'auth')
    if (auth?.type !== 'm.login.dummy' || !uia.delete(stringAt(auth, 'session') ?? '')) {
      const session = randomBytes(12).toString('base64url')
      if (uia.size >= 1000) uia.clear()
      uia.add(session)
      return { status: 401, body: { session, flows: [{ stages: ['m.login.dummy'] }], params: {} } }
    }
    const password = stringAt(body, 'password')
    if (!password) throw new MatrixRefusal(400, 'M_MISSING_PARAM', 'Missing params: password')
    addUser(server, { userId, password, displayName: localpart })
    return ok(
      body.inhibit_login === true
        ? { user_id: userId }
        : sessionBody(server, userId, stringAt(body, 'device_id')),
    )
  }
}

function readAccountData(call: ApiCall, roomId = ''): WireAnswer {
  requireOwn(call)
  const datum = call.user().accountData.get(`${roomId} ${call.param('type')}`)
  if (!datum) throw notFound('Account data not found')
  return ok(datum.content)
}

function writeAccountData(server: Homeserver, call: ApiCall, roomId?: string): WireAnswer {
  requireOwn(call)
  const type = call.param('type')
  if (type === 'm.push_rules' || type === 'm.fully_read')
    throw new MatrixRefusal(405, 'M_BAD_JSON', `Cannot set ${type} through this API`)
  const user = call.user()
  if (roomId !== undefined) requireJoined(server.rooms.get(roomId), user.userId)
  if (user.accountData.size >= 10_000) throw new MatrixRefusal(400, 'M_UNKNOWN', 'too much account data')
  putAccountData(server, user, { ...(roomId === undefined ? {} : { roomId }), type, content: call.body() })
  return ok()
}
