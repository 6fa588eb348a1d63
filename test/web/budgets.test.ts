import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser } from './browser.ts'
import { sampleHub } from './sample-hub.ts'
import { bearer, OWNER, startTestWeb, type TestWeb } from './web.ts'

let web: TestWeb
let headers: { authorization: string }

beforeAll(async () => {
  web = await startTestWeb()
  const hub = sampleHub(web.db.db)
  const slack = await hub.connection('slack', 'Brain')
  const acme = await hub.workspace(slack, 'Acme')
  const place = await hub.channel(slack, acme, 'general')
  const ana = await hub.person(slack, 'Ana')
  await hub.use(place, ana, { kind: 'reply', at: new Date(), promptTokens: 700, costMicros: 1_500_000 })
  headers = bearer(await web.owner())
})
afterAll(() => web.close())

const put = (url: string, payload: object) => web.app.inject({ method: 'PUT', url, headers, payload })

describe('budgets and prices', () => {
  it('are set by the API, show what is used of them, and go again', async () => {
    const made = await put('/api/v1/budgets', { scope: 'person', period: 'month', unit: 'money', limit: 4 })
    expect(made.json()).toMatchObject({ limit: 4, spent: 1.5, heaviest: 'Ana', whenLow: 'refuse' })
    const again = await put('/api/v1/budgets', { scope: 'person', period: 'month', unit: 'money', limit: 5 })
    expect(again.json()).toMatchObject({ id: made.json<{ id: string }>().id, limit: 5 })
    const wrong = await put('/api/v1/budgets', { scope: 'hub', period: 'day', unit: 'tokens', limit: -1 })
    expect(wrong.statusCode).toBe(422)
    await put('/api/v1/prices', { model: 'llama-70b', prompt: 0.5, completion: 1.5 })
    const prices = await web.app.inject({ url: '/api/v1/prices', headers })
    expect(prices.json()).toEqual([{ model: 'llama-70b', prompt: 0.5, completion: 1.5, audioMinute: 0 }])
    const url = `/api/v1/budgets/${made.json<{ id: string }>().id}`
    expect((await web.app.inject({ method: 'DELETE', url, headers })).statusCode).toBe(204)
    const viewer = bearer(await web.viewer())
    const refused = await web.app.inject({ method: 'DELETE', url, headers: viewer })
    expect(refused.statusCode).toBe(403)
  })

  it('are set on their page, in words that say what went wrong', async () => {
    const browser = openBrowser(web)
    await browser.logIn(OWNER)
    const form = { whose: 'workspace', period: 'day', unit: 'tokens', limit: '1000', whenLow: 'shorter' }
    await browser.submit('/admin/budgets', '/admin/budgets', form)
    const { body } = await browser.open('/admin/budgets')
    expect(body).toContain('700 tokens of 1,000 tokens used by Acme, who used most')
    expect(body).toContain('From 80 % on: short answers')
    const wrong = await browser.submit('/admin/budgets', '/admin/budgets', { ...form, whenLow: 'cheaper' })
    expect(wrong.status).toBe(422)
    expect(wrong.body).toContain('id="cheaperModel-error"')
    await browser.submit('/admin/budgets', '/admin/budgets/prices', { model: 'qwen', prompt: '0,25' })
    expect((await browser.open('/admin/budgets')).body).toContain('0.3')
  })
})
