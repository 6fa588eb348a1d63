import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { stepOf } from '../../src/web/sessions/one-time-code.ts'
import { openBrowser } from './browser.ts'
import { bearer, OWNER, startTestWeb, type TestWeb } from './web.ts'

let web: TestWeb
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  web = await startTestWeb()
})
afterAll(async () => {
  vi.useRealTimers()
  await web.close()
})

/** What an authenticator shows, by RFC 6238. */
function codeOf(secret: string, at = Date.now()): string {
  const bits = [...secret].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  )
  const bytes = bits.join('').match(/.{8}/g) ?? []
  const key = Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)))
  const digest = createHmac('sha1', key).update(counter).digest()
  const number = digest.readUInt32BE((digest.at(-1) ?? 0) & 15) & 0x7fffffff
  return String(number % 1_000_000).padStart(6, '0')
}

const nextCode = (secret: string) => {
  vi.setSystemTime(Date.now() + 30_000)
  return codeOf(secret)
}

async function post(url: string, payload: object | undefined, token?: string) {
  const headers = token === undefined ? {} : bearer(token)
  const answer = await web.app.inject({
    method: 'POST',
    url: `/api/v1${url}`,
    headers,
    ...(payload ? { payload } : {}),
  })
  return { status: answer.statusCode, body: answer.body === '' ? {} : answer.json() }
}

it('computes the codes of RFC 6238', () => {
  const secret = Buffer.from('12345678901234567890')
  for (const [seconds, code] of [
    [59, '287082'],
    [1111111109, '081804'],
    [1234567890, '005924'],
    [20000000000, '353130'],
  ] as const) {
    expect(stepOf(secret, code, seconds * 1000)).toBe(Math.floor(seconds / 30))
    expect(stepOf(secret, code, seconds * 1000 + 90_000)).toBeUndefined()
  }
})

describe('logging in with an authenticator', () => {
  let secret = ''
  let codes: string[] = []

  it('counts only after its first code', async () => {
    const token = await web.owner()
    const proposed = await post('/me/second-factor', undefined, token)
    secret = proposed.body.secret
    expect(proposed).toMatchObject({
      status: 201,
      body: { address: expect.stringContaining(`secret=${secret}`) },
    })
    expect((await post('/login', OWNER)).status).toBe(200)
    const wrong = await post('/me/second-factor/confirm', { code: '000000' }, token)
    expect(wrong).toMatchObject({ status: 422, body: { error: { fields: { code: expect.any(String) } } } })
    const confirmed = await post('/me/second-factor/confirm', { code: codeOf(secret) }, token)
    codes = confirmed.body.recoveryCodes
    expect(new Set(codes).size).toBe(10)
    const { rows } = await web.db.pool.query('select * from recovery_codes, second_factors')
    expect(JSON.stringify(rows)).not.toContain(codes[0])
    expect(JSON.stringify(rows)).not.toContain(secret)
    expect((await post('/me/second-factor', undefined, token)).status).toBe(409)
  })

  it('then asks for a code, takes each once, and tells nobody without the password', async () => {
    expect(await post('/login', OWNER)).toMatchObject({
      status: 401,
      body: { error: { code: 'code_required' } },
    })
    const guess = { email: OWNER.email, password: 'wrong', code: nextCode(secret) }
    expect(await post('/login', guess)).toMatchObject({
      status: 401,
      body: { error: { code: 'wrong_credentials' } },
    })
    const code = nextCode(secret)
    expect((await post('/login', { ...OWNER, code })).status).toBe(200)
    expect(await post('/login', { ...OWNER, code })).toMatchObject({
      status: 401,
      body: { error: { code: 'wrong_code' } },
    })
    const older = codeOf(secret, Date.now() - 30_000)
    expect((await post('/login', { ...OWNER, code: older })).status).toBe(401)
  })

  it('takes a recovery code once', async () => {
    const code = ` ${codes[0]?.toUpperCase().replaceAll('-', ' ')} `
    expect((await post('/login', { ...OWNER, code })).status).toBe(200)
    expect((await post('/login', { ...OWNER, code })).status).toBe(401)
    const { rows } = await web.db.pool.query("select action from audit where action like 'admin.recovery%'")
    expect(rows).toEqual([{ action: 'admin.recovery_code_used' }])
  })

  it('lets nobody guess codes for long', async () => {
    const codesOf = await Promise.all(
      Array.from({ length: 12 }, (_, guess) => post('/login', { ...OWNER, code: String(100_000 + guess) })),
    )
    expect(codesOf.filter(({ status }) => status === 429).length).toBeGreaterThan(0)
    await web.db.pool.query('delete from attempts')
  })

  it('works on the pages, where the password is not sent back', async () => {
    const browser = openBrowser(web)
    const asked = await browser.logIn(OWNER)
    expect(asked).toMatchObject({ status: 200 })
    expect(asked.body).not.toContain(OWNER.password)
    const token = /name="token" value="([^"]*)"/.exec(asked.body)?.[1] ?? ''
    const send = (code: string) =>
      web.app.inject({
        method: 'POST',
        url: '/admin/login/code',
        payload: new URLSearchParams({ token, code, next: '/admin/models' }).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'http://localhost' },
      })
    const wrong = await send('123456')
    expect(wrong.statusCode).toBe(401)
    expect(wrong.body).toContain('This code is wrong')
    const right = await send(nextCode(secret))
    expect(right).toMatchObject({ statusCode: 303, headers: { location: '/admin/models' } })
    vi.setSystemTime(Date.now() + 6 * 60_000)
    expect((await send(nextCode(secret))).body).toContain('That took too long')
  })

  it('is turned off with the password, and then asks for none', async () => {
    const { body } = await post('/login', { ...OWNER, code: nextCode(secret) })
    const wrong = await post('/me/second-factor/remove', { current: 'wrong' }, body.token)
    expect(wrong.status).toBe(422)
    expect((await post('/me/second-factor/remove', { current: OWNER.password }, body.token)).status).toBe(204)
    expect((await post('/login', OWNER)).status).toBe(200)
  })
})

describe('short-lived tokens', () => {
  it('are renewed by a refresh token that works once; used again later, the session ends', async () => {
    const first = (await post('/login', OWNER)).body
    const lifetime = new Date(first.expiresAt).getTime() - Date.now()
    expect(lifetime).toBeLessThanOrEqual(30 * 60_000)
    const second = await post('/refresh', { refreshToken: first.refreshToken })
    expect(second.status).toBe(200)
    const raced = await post('/refresh', { refreshToken: first.refreshToken })
    expect(raced).toMatchObject({ status: 200, body: { refreshToken: null } })
    await web.db.pool.query("update sessions set refreshed_at = refreshed_at - interval '1 minute'")
    expect((await post('/refresh', { refreshToken: first.refreshToken })).status).toBe(401)
    expect((await post('/refresh', { refreshToken: second.body.refreshToken })).status).toBe(401)
    const answer = await web.app.inject({ url: '/api/v1/me', headers: bearer(second.body.token) })
    expect(answer.statusCode).toBe(401)
  })

  it('are renewed by themselves for people in a browser, who notice nothing', async () => {
    const browser = openBrowser(web)
    await browser.logIn(OWNER)
    const before = browser.cookie
    vi.setSystemTime(Date.now() + 31 * 60_000)
    expect((await browser.open('/admin/models')).status).toBe(200)
    expect(browser.cookie).not.toBe(before)
    expect((await browser.open('/admin/models')).status).toBe(200)
  })

  it('are not renewed after a day without a visit', async () => {
    const { body } = await post('/login', OWNER)
    await web.db.pool.query("update sessions set refreshed_at = now() - interval '25 hours'")
    expect((await post('/refresh', { refreshToken: body.refreshToken })).status).toBe(401)
  })
})

describe('tokens for programs', () => {
  const call = async (token: string, method: 'GET' | 'POST' | 'PATCH', url: string, payload?: object) =>
    (await web.app.inject({ method, url, headers: bearer(token), ...(payload ? { payload } : {}) }))
      .statusCode

  it('do what they were made for and nothing else, until they are revoked', async () => {
    const owner = await web.owner()
    const made = await post('/tokens', { name: 'deploy', scopes: ['read', 'settings'], days: 1 }, owner)
    expect(made.status).toBe(201)
    const { token, id } = made.body
    expect(await call(token, 'GET', '/api/v1/workspaces')).toBe(200)
    expect(await call(token, 'PATCH', '/api/v1/hub/settings', { temperature: 0.4 })).toBe(200)
    expect(await call(token, 'POST', '/api/v1/model-servers', {})).toBe(403)
    expect(await call(token, 'POST', '/api/v1/people', {})).toBe(403)
    expect(await call(token, 'POST', '/api/v1/tokens', { name: 'more', scopes: ['people'] })).toBe(403)
    expect(await call(token, 'POST', '/api/v1/me/password', {})).toBe(403)
    expect(await call(token, 'GET', '/admin/models')).toBe(403)
    const { rows } = await web.db.pool.query('select * from api_tokens')
    expect(JSON.stringify(rows)).not.toContain(token)
    const listed = await web.app.inject({ url: '/api/v1/tokens', headers: bearer(owner) })
    expect(listed.json()).toMatchObject([{ name: 'deploy', lastUsedAt: expect.any(String) }])
    expect(listed.body).not.toContain(token)
    await web.app.inject({ method: 'DELETE', url: `/api/v1/tokens/${id}`, headers: bearer(owner) })
    expect(await call(token, 'GET', '/api/v1/workspaces')).toBe(401)
  })

  it('lose with their maker what the maker loses', async () => {
    const { body } = await post('/tokens', { name: 'x', scopes: ['read', 'settings'] }, await web.owner())
    await web.db.pool.query("update admins set role = 'viewer' where email = $1", [OWNER.email])
    await web.parts.signals.publish('sessions', 'all')
    await vi.waitFor(async () =>
      expect(await call(body.token, 'PATCH', '/api/v1/hub/settings', { temperature: 0.4 })).toBe(403),
    )
    await web.db.pool.query("update admins set role = 'owner' where email = $1", [OWNER.email])
  })
})

describe('an address behind a proxy', () => {
  it('is believed of the proxies that the operator names only', async () => {
    const behind = await startTestWeb({ trustProxy: 1 })
    const guess = (forwarded: string) =>
      behind.app.inject({
        method: 'POST',
        url: '/api/v1/login',
        headers: { 'x-forwarded-for': forwarded },
        payload: { email: 'nobody@example.org', password: 'x' },
      })
    await guess('203.0.113.7, 198.51.100.9')
    const { rows } = await behind.db.pool.query('select key from attempts order by key')
    await guess('192.0.2.1, 198.51.100.9')
    const same = await behind.db.pool.query('select key from attempts order by key')
    expect(same.rows).toEqual(rows)
    await guess('203.0.113.8')
    const other = await behind.db.pool.query('select key from attempts')
    expect(other.rows.length).toBe(rows.length + 2)
    await behind.close()
  })
})
