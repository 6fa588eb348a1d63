import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openBrowser } from './browser.ts'
import { bearer, OWNER, startTestWeb, type TestWeb } from './web.ts'

let web: TestWeb
beforeAll(async () => {
  web = await startTestWeb()
})
afterAll(() => web.close())

const me = async (headers: Record<string, string>) =>
  (await web.app.inject({ url: '/api/v1/me', headers })).statusCode

describe('logging in through the API', () => {
  it('gives a token that works as bearer and as cookie, and that logging out ends', async () => {
    const answer = await web.app.inject({ method: 'POST', url: '/api/v1/login', payload: OWNER })
    expect(answer.statusCode).toBe(200)
    const { token } = answer.json<{ token: string }>()
    const cookie = `${answer.cookies[0]?.name}=${token}`
    expect(answer.cookies[0]).toMatchObject({ httpOnly: true, sameSite: 'Lax', value: token })
    expect(await me(bearer(token))).toBe(200)
    expect(await me({ cookie })).toBe(200)

    const out = await web.app.inject({ method: 'POST', url: '/api/v1/logout', headers: bearer(token) })
    expect(out.statusCode).toBe(204)
    expect(await me(bearer(token))).toBe(401)
    expect(await me({ cookie })).toBe(401)
  })

  it('answers an unknown account exactly as a wrong password', async () => {
    const answers = await Promise.all(
      [OWNER.email, 'nobody@example.org'].map((email) =>
        web.app.inject({ method: 'POST', url: '/api/v1/login', payload: { email, password: 'wrong' } }),
      ),
    )
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([401, 401])
    expect(answers[0]?.body).toBe(answers[1]?.body)
    expect(answers[0]?.json()).toMatchObject({ error: { code: 'wrong_credentials' } })
  })

  it('refuses tokens that are unsigned, signed with another key, or expired', async () => {
    const good = await web.owner()
    const [header = '', payload = '', signature = ''] = good.split('.')
    const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
    const sign = (key: Buffer, exp: number) =>
      new SignJWT({ ...claims, exp }).setProtectedHeader({ alg: 'HS256' }).sign(key)
    const later = Math.floor(Date.now() / 1000) + 3600
    const { signingKey } = web.parts
    expect(await me(bearer(await sign(signingKey, later)))).toBe(200)
    for (const forged of [
      `${none}.${payload}.`,
      `${none}.${payload}.${signature}`,
      `${header}.${payload}.${signature.slice(0, -2)}xx`,
      await sign(Buffer.alloc(32, 7), later),
      await sign(signingKey, later - 7200),
    ]) {
      expect(await me(bearer(forged))).toBe(401)
    }
  })

  it('refuses within a second a session that another process revoked', async () => {
    const token = await web.owner()
    expect(await me(bearer(token))).toBe(200)
    await web.db.pool.query('update sessions set revoked_at = now()')
    const revokedAt = Date.now()
    await vi.waitFor(async () => expect(await me(bearer(token))).toBe(401), { timeout: 1000, interval: 50 })
    expect(Date.now() - revokedAt).toBeLessThan(1000)
  })

  it('takes a role away within a second', async () => {
    const token = await web.owner()
    const patch = () =>
      web.app.inject({
        method: 'PATCH',
        url: '/api/v1/hub/settings',
        headers: bearer(token),
        payload: { temperature: 1 },
      })
    expect((await patch()).statusCode).toBe(200)
    await web.db.pool.query("update admins set role = 'viewer' where email = $1", [OWNER.email])
    await vi.waitFor(async () => expect((await patch()).statusCode).toBe(403), {
      timeout: 1000,
      interval: 50,
    })
    await web.db.pool.query("update admins set role = 'owner' where email = $1", [OWNER.email])
  })

  it('ends every other session when the password changes', async () => {
    const [one, other] = [await web.owner(), await web.owner()]
    const change = (current: string, password: string) =>
      web.app.inject({
        method: 'POST',
        url: '/api/v1/me/password',
        headers: bearer(one),
        payload: { current, password },
      })
    const refused = await change('not my password', 'another long password')
    expect(refused.statusCode).toBe(422)
    expect(refused.json()).toMatchObject({ error: { fields: { current: expect.any(String) } } })

    const changed = await change(OWNER.password, 'another long password')
    expect(changed.statusCode).toBe(200)
    expect(await me(bearer(other))).toBe(401)
    expect(await me(bearer(one))).toBe(401)
    const fresh = changed.json<{ token: string }>().token
    expect(await me(bearer(fresh))).toBe(200)
    const back = { current: 'another long password', password: OWNER.password }
    await web.app.inject({
      method: 'POST',
      url: '/api/v1/me/password',
      headers: bearer(fresh),
      payload: back,
    })
  })
})

describe('attempts', () => {
  it('are limited even when made at once and with forged forwarded addresses, and other accounts go on', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        web.app.inject({
          method: 'POST',
          url: '/api/v1/login',
          headers: { 'x-forwarded-for': `10.0.0.${index}` },
          payload: { email: 'guessed@example.org', password: `guess ${index}` },
        }),
      ),
    )
    const codes = answers.map(({ statusCode }) => statusCode)
    expect(codes.filter((code) => code === 401)).toHaveLength(10)
    expect(codes.filter((code) => code === 429)).toHaveLength(20)
    const refused = answers.find(({ statusCode }) => statusCode === 429)
    expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(0)
    expect(refused?.json()).toMatchObject({ error: { code: 'too_many_attempts' } })
    expect(await me(bearer(await web.owner()))).toBe(200)
  })
})

describe('other sites', () => {
  it('cannot make a logged-in browser change anything', async () => {
    const browser = openBrowser(web)
    await browser.logIn(OWNER)
    const save = (headers: Record<string, string>, drop: string[] = []) =>
      browser.submit('/admin/settings', '/admin/settings', { temperature: '0.3' }, { headers, drop })
    expect((await save({ origin: 'https://evil.example' })).status).toBe(403)
    expect((await save({ origin: 'null' })).status).toBe(403)
    expect((await save({}, ['_csrf'])).status).toBe(403)
    const { status, location } = await save({})
    expect({ status, location }).toEqual({ status: 303, location: '/admin/settings?notice=saved' })
  })

  it('cannot use the cookie for the API without its token', async () => {
    const browser = openBrowser(web)
    await browser.logIn(OWNER)
    const patch = (headers: Record<string, string>) =>
      web.app.inject({
        method: 'PATCH',
        url: '/api/v1/hub/settings',
        headers: { cookie: browser.cookie, ...headers },
        payload: { temperature: 0.5 },
      })
    expect((await patch({})).statusCode).toBe(403)
    const answer = await web.app.inject({ url: '/api/v1/me', headers: { cookie: browser.cookie } })
    const { csrfToken } = answer.json<{ csrfToken: string }>()
    expect((await patch({ 'x-csrf-token': csrfToken })).statusCode).toBe(200)
    expect((await patch({ 'x-csrf-token': csrfToken, origin: 'https://evil.example' })).statusCode).toBe(403)
    expect((await patch({ 'x-csrf-token': `${csrfToken}x` })).statusCode).toBe(403)
  })

  it('cannot log a browser in or make it use a form of the API', async () => {
    const foreign = { origin: 'https://evil.example' }
    const logIn = await web.app.inject({
      method: 'POST',
      url: '/api/v1/login',
      headers: foreign,
      payload: OWNER,
    })
    expect(logIn.statusCode).toBe(403)
    const form = await web.app.inject({
      method: 'POST',
      url: '/api/v1/login',
      headers: { 'content-type': 'text/plain' },
      payload: JSON.stringify(OWNER),
    })
    expect(form.statusCode).toBe(415)
  })
})

describe('logging in on the page', () => {
  it('leads back to where one wanted to go, and nowhere else', async () => {
    const browser = openBrowser(web)
    const sent = await browser.open('/admin/models')
    expect(sent.location).toBe('/admin/login?next=%2Fadmin%2Fmodels')
    const back = await browser.submit(sent.location ?? '', '/admin/login', OWNER)
    expect(back.location).toBe('/admin/models')
    for (const next of ['https://evil.example', '//evil.example', '/admin/\\evil.example', '/admin//evil']) {
      const { location } = await openBrowser(web).submit('/admin/login', '/admin/login', { ...OWNER, next })
      expect(location).toBe('/admin')
    }
  })

  it('changes the session, and logging out ends it', async () => {
    const browser = openBrowser(web)
    await browser.logIn(OWNER)
    const first = browser.cookie
    await browser.submit('/admin', '/admin/logout', {})
    expect((await browser.open('/admin')).status).toBe(303)
    await browser.logIn(OWNER)
    expect(browser.cookie).not.toBe(first)
    expect(await me({ cookie: first })).toBe(401)
    expect((await browser.open('/admin')).status).toBe(200)
  })

  it('says what was wrong, in the language of the browser', async () => {
    const browser = openBrowser(web, { 'accept-language': 'fr, pt-PT;q=0.8, en;q=0.5' })
    const { status, body } = await browser.logIn({ email: OWNER.email, password: 'wrong' })
    expect(status).toBe(401)
    expect(body).toContain('lang="pt"')
    expect(body).toContain('O endereço de e-mail ou a palavra-passe está errado.')
    expect(body).toContain(OWNER.email)
  })
})
