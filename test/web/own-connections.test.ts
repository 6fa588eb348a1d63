import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HubError } from '../../src/model/errors.ts'
import { openBrowser } from './browser.ts'
import { bearer, OWNER, startTestWeb, type TestWeb } from './web.ts'

const TOKEN = '123:canary-of-a-new-token'
let web: TestWeb
beforeAll(async () => {
  web = await startTestWeb({
    identify: async (platform, { token }) => {
      if (token?.startsWith('123:') !== true)
        throw new HubError('platform_unauthorized', `${platform} does not know this token`)
      return '@team_bot'
    },
  })
})
afterAll(() => web.close())

const held = async () => {
  const [connection] = await web.connections.list()
  if (connection === undefined) throw new Error('no connection')
  return { connection, credentials: await web.connections.credentials(connection.id) }
}

describe('a bot account', () => {
  it('is added on the page, after the platform took its token', async () => {
    const browser = openBrowser(web)
    await browser.logIn(OWNER)
    expect((await browser.open('/admin/connections')).body).toContain('/admin/connections/new/telegram')
    const path = '/admin/connections/new/telegram'
    const refused = await browser.submit(path, path, { name: 'Team', token: 'wrong' })
    expect(refused.status).toBe(422)
    expect(refused.body).toContain('telegram does not know this token')
    expect(refused.body).not.toContain('value="wrong"')
    expect(await web.connections.list()).toEqual([])
    const added = await browser.submit(path, path, { name: 'Team', token: TOKEN })
    expect(added.location).toBe('/admin/connections?notice=connected')
    const { connection, credentials } = await held()
    expect(connection).toMatchObject({ platform: 'telegram', slug: 'team', name: 'Team', source: 'admin' })
    expect(credentials).toEqual({ token: TOKEN })
    expect((await browser.open('/admin/connections')).body).not.toContain(TOKEN)
  })

  it('gets a new token, which counts at once; a refused one changes nothing', async () => {
    const browser = openBrowser(web)
    await browser.logIn(OWNER)
    const { connection } = await held()
    const action = `/admin/connections/${connection.id}/credentials`
    const refused = await browser.submit('/admin/connections', action, {
      [`${connection.id}-token`]: 'wrong',
    })
    expect(refused.status).toBe(422)
    expect((await held()).credentials).toEqual({ token: TOKEN })
    await browser.submit('/admin/connections', action, { [`${connection.id}-token`]: '123:another' })
    const after = await held()
    expect(after.credentials).toEqual({ token: '123:another' })
    expect(after.connection.version).toBe(connection.version + 1)
  })

  it('is tested and removed by the API; no answer and no audit entry holds a token', async () => {
    const headers = bearer(await web.owner())
    const { connection } = await held()
    const url = `/api/v1/connections/${connection.id}`
    const tested = await web.app.inject({ method: 'POST', url: `${url}/test`, headers })
    expect(tested.json()).toEqual({ account: '@team_bot' })
    expect((await web.app.inject({ method: 'DELETE', url, headers })).statusCode).toBe(204)
    expect(await web.connections.list()).toEqual([])
    const { rows } = await web.db.pool.query(
      "select * from audit where action like 'connection%' order by seq",
    )
    expect(rows.map(({ action }) => action)).toEqual([
      'connection.added',
      'connection.credentials_changed',
      'connection.removed',
    ])
    expect(JSON.stringify(rows)).not.toMatch(/canary|123:/)
  })

  it('of the environment stays as the environment says', async () => {
    await web.addWorkspace('x')
    const { connection } = await held()
    const headers = bearer(await web.owner())
    const url = `/api/v1/connections/${connection.id}`
    expect((await web.app.inject({ method: 'DELETE', url, headers })).statusCode).toBe(409)
    const payload = { credentials: { token: TOKEN } }
    const put = await web.app.inject({ method: 'PUT', url: `${url}/credentials`, headers, payload })
    expect(put.statusCode).toBe(409)
  })

  it('of Slack comes with a manifest to copy', async () => {
    const browser = openBrowser(web)
    await browser.logIn(OWNER)
    const { body } = await browser.open('/admin/connections/new/slack')
    expect(body).toContain('brainall_run_message')
    expect(body).toContain('app_mentions:read')
  })
})
