import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser } from './browser.ts'
import { fillWithTeam } from './sample-team.ts'
import { bearer, OWNER, startTestWeb, type TestWeb } from './web.ts'

let web: TestWeb
let team: Awaited<ReturnType<typeof fillWithTeam>>
let headers: { authorization: string }
let browser: ReturnType<typeof openBrowser>
const woken: string[] = []

beforeAll(async () => {
  web = await startTestWeb({
    wake: async (step) => {
      woken.push(step)
      throw new Error('the queue is down')
    },
  })
  team = await fillWithTeam(web.db.db)
  headers = bearer(await web.owner())
  browser = openBrowser(web)
  await browser.logIn(OWNER)
})
afterAll(() => web.close())

const get = async <T>(url: string) => (await web.app.inject({ url: `/api/v1${url}`, headers })).json<T>()
const post = async (url: string) =>
  (await web.app.inject({ method: 'POST', url: `/api/v1${url}`, headers })).statusCode

describe('the queue', () => {
  it('shows what waits and why, what works, and what failed', async () => {
    expect(await get('/queue')).toMatchObject({ waiting: 1, working: 1, failed: 1 })
    expect(await get('/turns?kind=waiting')).toMatchObject([{ blocked: true, person: 'Ben Okafor' }])
    expect(await get('/turns?kind=failed')).toMatchObject([
      { id: team.failed.turnId, error: { code: 'model_unreachable' }, workspace: { name: 'Acme' } },
    ])
    const failed = await browser.open('/admin/queue')
    expect(failed.body).toContain('model_unreachable: the server refuses the connection')
    const waiting = await browser.open('/admin/queue?show=waiting')
    expect(waiting.body).toContain('Comes after earlier messages of the same conversation.')
  })

  it('tries again what failed, whoever asks first, even while nobody can be woken', async () => {
    const action = `/admin/queue/${team.failed.turnId}/retry`
    const sent = await browser.submit('/admin/queue', action, {})
    expect([sent.status, sent.location]).toEqual([303, '/admin/queue?notice=retried'])
    expect(woken).toEqual(['reply'])
    expect(await get('/queue')).toMatchObject({ waiting: 2, failed: 0 })
    expect(await post(`/turns/${team.failed.turnId}/retry`)).toBe(409)
    const { body } = await browser.open('/admin/audit')
    expect(body).toContain('Failed work tried again')
  })

  it('discards what failed for good', async () => {
    await web.db.pool.query(`update turns set state = 'failed' where id = $1`, [team.failed.turnId])
    const action = `/admin/queue/${team.failed.turnId}/discard`
    const sent = await browser.submit('/admin/queue', action, {})
    expect(sent.location).toBe('/admin/queue?notice=discarded')
    expect(await get('/queue')).toMatchObject({ failed: 0 })
    expect(await post(`/turns/${team.failed.turnId}/discard`)).toBe(409)
    const why = await browser.open(`/admin/messages/${team.failed.messageId}`)
    expect(why.body).toContain('given up by an admin')
  })
})

describe('a connection', () => {
  it('is paused and resumed, at once and on the record', async () => {
    const [connection] = await get<{ id: string; paused: boolean }[]>('/connections')
    expect(connection?.paused).toBe(false)
    const told: string[] = []
    const stop = web.parts.signals.subscribe('connections', (id) => told.push(id))
    const pause = `/admin/connections/${connection?.id}/pause`
    expect((await browser.submit('/admin/connections', pause, {})).location).toContain('notice=paused')
    await expect.poll(() => told).toEqual([connection?.id])
    stop()
    expect((await browser.open('/admin/connections')).body).toContain(
      'Nothing is received until it is resumed.',
    )
    const resumed = await web.app.inject({
      method: 'PATCH',
      url: `/api/v1/connections/${connection?.id}`,
      headers,
      payload: { paused: false },
    })
    expect(resumed.json()).toMatchObject({ paused: false, state: 'connecting' })
    const audit = await get<{ action: string }[]>('/audit?limit=2')
    expect(audit.map(({ action }) => action)).toEqual(['connection.resumed', 'connection.paused'])
  })
})
