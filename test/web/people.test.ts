import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser } from './browser.ts'
import { bearer, OWNER, startTestWeb, type TestWeb } from './web.ts'

let web: TestWeb
let headers: { authorization: string }
const CARLA = { email: 'carla@example.org', password: 'a password chosen by link' }

interface Person {
  readonly id: string
  readonly email: string
  readonly role: string
  readonly linkUntil: string | null
  readonly lastLogInAt: string | null
}

beforeAll(async () => {
  web = await startTestWeb()
  headers = bearer(await web.owner())
})
afterAll(() => web.close())

const call = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object, as = headers) =>
  web.app.inject({ method, url: `/api/v1${url}`, headers: as, ...(payload === undefined ? {} : { payload }) })
const people = async () => (await call('GET', '/people')).json<Person[]>()
const find = async (email: string) => {
  const person = (await people()).find((one) => one.email === email)
  if (person === undefined) throw new Error(`nobody is called ${email}`)
  return person
}
const invite = async (email: string, role: string) => {
  const answer = await call('POST', '/people', { email, role })
  expect(answer.statusCode).toBe(201)
  return new URL(answer.json<{ link: string }>().link)
}
const join = (link: URL, password: string) =>
  call('POST', '/join', { token: link.searchParams.get('token'), password }, { authorization: '' })

describe('an invitation', () => {
  it('is made on the page, opened once, and lets in with the role it names', async () => {
    const owner = openBrowser(web)
    await owner.logIn(OWNER)
    const made = await owner.submit('/admin/people', '/admin/people', {
      email: CARLA.email,
      role: 'operator',
    })
    const link = /value="(http[^"]*)"/.exec(made.body)?.[1]?.replaceAll('&#61;', '=') ?? ''
    expect(link).toContain('/admin/join?token=')
    expect((await owner.open('/admin/people')).body).not.toContain(link)
    expect(await find(CARLA.email)).toMatchObject({ role: 'operator', linkUntil: expect.any(String) })

    const carla = openBrowser(web, { 'accept-language': 'pt' })
    const { pathname, search } = new URL(link)
    const door = await carla.open(pathname + search)
    expect(door.body).toContain(CARLA.email)
    const short = await carla.submit(pathname + search, '/admin/join', { password: 'short' })
    expect([short.status, short.body.includes('Pelo menos 12')]).toEqual([422, true])
    const joined = await carla.submit(pathname + search, '/admin/join', { password: CARLA.password })
    expect(joined.location).toBe('/admin?notice=joined')
    expect((await carla.open('/admin')).body).toContain('lang="pt"')
    expect((await openBrowser(web).open(pathname + search)).status).toBe(403)
    expect(await find(CARLA.email)).toMatchObject({ linkUntil: null, lastLogInAt: expect.any(String) })
    expect(await web.token(CARLA)).toEqual(expect.any(String))
  })

  it('lets nobody in before it is used, after its time, or once it is replaced or taken back', async () => {
    const first = await invite('dan@example.org', 'viewer')
    const login = await call(
      'POST',
      '/login',
      { email: 'dan@example.org', password: 'x' },
      { authorization: '' },
    )
    expect(login.json()).toMatchObject({ error: { code: 'wrong_credentials' } })
    const { id } = await find('dan@example.org')
    const answer = await call('POST', `/people/${id}/link`)
    const second = new URL(answer.json<{ link: string }>().link)
    expect((await join(first, CARLA.password)).json()).toMatchObject({ error: { code: 'join_link' } })
    await web.db.pool.query(
      `update admins set password_hash = regexp_replace(password_hash, '\\d+$', '1000') where id = $1`,
      [id],
    )
    expect((await join(second, CARLA.password)).statusCode).toBe(403)
    const third = new URL((await call('POST', `/people/${id}/link`)).json<{ link: string }>().link)
    expect((await call('DELETE', `/people/${id}`)).statusCode).toBe(204)
    expect((await join(third, CARLA.password)).statusCode).toBe(403)
  })

  it('is refused for an address that has an account, or is none', async () => {
    const taken = await call('POST', '/people', { email: OWNER.email, role: 'viewer' })
    expect(taken.json()).toMatchObject({
      error: { code: 'email_taken', fields: { email: expect.any(String) } },
    })
    expect((await call('POST', '/people', { email: 'nobody', role: 'viewer' })).statusCode).toBe(422)
  })
})

describe('roles', () => {
  it('are changed by owners only, and count at once', async () => {
    const carla = bearer(await web.token(CARLA))
    const { id } = await find(CARLA.email)
    const viewer = await find('viewer@example.org')
    for (const as of [carla, bearer(await web.viewer())]) {
      expect((await call('GET', '/people', undefined, as)).statusCode).toBe(200)
      const refused = [
        await call('POST', '/people', { email: 'eve@example.org', role: 'owner' }, as),
        await call('PATCH', `/people/${id}`, { role: 'owner' }, as),
        await call('POST', `/people/${viewer.id}/link`, undefined, as),
        await call('DELETE', `/people/${viewer.id}`, undefined, as),
      ]
      for (const answer of refused) expect(answer.json()).toMatchObject({ error: { code: 'owners_only' } })
    }
    const patch = () => call('PATCH', '/hub/settings', { temperature: 0.5 }, carla)
    expect((await patch()).statusCode).toBe(200)
    expect((await call('PATCH', `/people/${id}`, { role: 'viewer' })).json()).toMatchObject({
      role: 'viewer',
    })
    expect((await patch()).statusCode).toBe(403)
  })

  it('always leave an owner who can log in', async () => {
    const { id } = await find(OWNER.email)
    await invite('later@example.org', 'owner')
    expect((await call('PATCH', `/people/${id}`, { role: 'viewer' })).json()).toMatchObject({
      error: { code: 'last_owner' },
    })
    expect((await call('DELETE', `/people/${id}`)).json()).toMatchObject({ error: { code: 'not_yourself' } })
    expect((await call('POST', `/people/${id}/link`)).json()).toMatchObject({
      error: { code: 'not_yourself' },
    })
  })
})

describe('somebody who is removed, or sent a new link', () => {
  it('is out at once, on every session', async () => {
    const { id } = await find(CARLA.email)
    const before = bearer(await web.token(CARLA))
    expect((await call('GET', '/me', undefined, before)).statusCode).toBe(200)
    const { link } = (await call('POST', `/people/${id}/link`)).json<{ link: string }>()
    expect((await call('GET', '/me', undefined, before)).statusCode).toBe(401)
    const joined = await join(new URL(link), 'another password by link')
    const after = bearer(joined.json<{ token: string }>().token)
    expect((await call('GET', '/me', undefined, after)).statusCode).toBe(200)
    await call('DELETE', `/people/${id}`)
    expect((await call('GET', '/me', undefined, after)).statusCode).toBe(401)
    const audit = (await call('GET', '/audit?limit=4')).json<{ action: string; before: unknown }[]>()
    expect(audit.map(({ action }) => action)).toEqual([
      'admin.removed',
      'admin.joined',
      'admin.link_made',
      'admin.invited',
    ])
    expect(audit[0]?.before).toEqual({ email: CARLA.email, role: 'viewer' })
  })
})
