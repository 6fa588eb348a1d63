import { afterEach, describe, expect, it } from 'vitest'
import { createSetupLink, ensureAdmin } from '../../src/web/index.ts'
import { openBrowser } from './browser.ts'
import { OWNER, startTestWeb, type TestWeb } from './web.ts'

let web: TestWeb
afterEach(() => web.close())

describe('the first admin', () => {
  it('is made with the set-up link, once', async () => {
    web = await startTestWeb({}, { admins: false })
    const token = await createSetupLink(web.parts.admins)
    const other = await createSetupLink(web.parts.admins)
    const browser = openBrowser(web)
    expect((await browser.open('/admin/login')).body).toContain('no admin yet')
    expect((await browser.open('/admin/setup?token=guessed')).status).toBe(403)

    const page = `/admin/setup?token=${token}`
    const weak = await browser.submit(page, '/admin/setup', { email: 'not an address', password: 'short' })
    expect(weak.status).toBe(422)
    expect(weak.body).toContain('At least 12 characters.')
    expect(weak.body).toContain('This is no e-mail address.')

    const done = await browser.submit(page, '/admin/setup', OWNER)
    expect(done.location).toBe('/admin?notice=welcome')
    expect((await browser.open('/admin?notice=welcome')).body).toContain('You are all set')

    for (const late of [token, other]) {
      const answer = await web.app.inject({
        method: 'POST',
        url: '/api/v1/setup',
        payload: { ...OWNER, email: 'second@example.org', token: late },
      })
      expect(answer.statusCode).toBe(403)
    }
    const { rows } = await web.db.pool.query('select token_hash from setup_links')
    expect(JSON.stringify(rows)).not.toContain(token)
  })

  it('is one, though two links are used at once', async () => {
    web = await startTestWeb({}, { admins: false })
    const tokens = [await createSetupLink(web.parts.admins), await createSetupLink(web.parts.admins)]
    const answers = await Promise.all(
      tokens.map((token, index) =>
        web.app.inject({
          method: 'POST',
          url: '/api/v1/setup',
          payload: { token, email: `admin${index}@example.org`, password: OWNER.password },
        }),
      ),
    )
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([201, 403])
    const { rows } = await web.db.pool.query('select role from admins')
    expect(rows).toEqual([{ role: 'owner' }])
  })

  it('is not made with an expired link', async () => {
    web = await startTestWeb({}, { admins: false })
    const token = await createSetupLink(web.parts.admins)
    await web.db.pool.query("update setup_links set expires_at = now() - interval '1 second'")
    expect((await openBrowser(web).open(`/admin/setup?token=${token}`)).status).toBe(403)
  })

  it('can come from the environment, which does not undo a change of password', async () => {
    web = await startTestWeb({}, { admins: false })
    expect(await ensureAdmin(web.parts.admins, 'Owner@Example.org', OWNER.password)).toBe(true)
    expect(await ensureAdmin(web.parts.admins, OWNER.email, 'a password from before')).toBe(false)
    expect((await openBrowser(web).logIn(OWNER)).location).toBe('/admin')
  })
})
