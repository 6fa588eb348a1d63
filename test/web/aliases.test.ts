import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser } from './browser.ts'
import { bearer, OWNER, startTestWeb, type TestWeb } from './web.ts'

let web: TestWeb
let headers: { authorization: string }

beforeAll(async () => {
  web = await startTestWeb()
  for (const name of ['gpu-1', 'gpu-2']) {
    await web.models.add({ name, purpose: 'chat', baseUrl: `http://${name}:8000/v1` })
  }
  await web.models.refresh(AbortSignal.timeout(5000))
  headers = bearer(await web.owner())
})
afterAll(() => web.close())

const chosen = async (name: string, keys: number) => {
  const counts = new Map<string, number>()
  for (let n = 0; n < keys; n++) {
    const [first] = await web.models.choose({ name, key: `conversation ${n}` })
    const at = `${first?.model}@${first?.server.name}`
    counts.set(at, (counts.get(at) ?? 0) + 1)
  }
  return counts
}

describe('an alias', () => {
  it('shares conversations by weight, keeps each where it is, and falls back', async () => {
    const browser = openBrowser(web)
    await browser.logIn(OWNER)
    const form = { alias: 'smart', targets: 'qwen-32b @gpu-1 *3\nqwen-32b @gpu-2', fallback: 'llama-70b' }
    await browser.submit('/admin/models', '/admin/models/aliases', form)
    expect((await browser.open('/admin/models')).body).toContain('qwen-32b @gpu-1 *3')
    const counts = await chosen('smart', 80)
    expect(counts.get('qwen-32b@gpu-1')).toBeGreaterThan(45)
    expect(counts.get('qwen-32b@gpu-2')).toBeGreaterThan(8)
    expect(await chosen('smart', 80)).toEqual(counts)
    const all = await web.models.choose({ name: 'smart', key: 'one' })
    expect(all.map(({ model, fallback }) => [model, fallback])).toEqual([
      ['qwen-32b', undefined],
      ['qwen-32b', undefined],
      ['llama-70b', 'llama-70b'],
    ])
    const wrong = await browser.submit('/admin/models', '/admin/models/aliases', {
      ...form,
      targets: 'x @moon',
    })
    expect(wrong.status).toBe(422)
    expect(wrong.body).toContain('No chat server is called “moon”.')
  })

  it('may be set like a model, and a name that is neither may not', async () => {
    const patch = (payload: object) =>
      web.app.inject({ method: 'PATCH', url: '/api/v1/hub/settings', headers, payload })
    expect((await patch({ model: 'smart', fallback: 'qwen-32b' })).json()).toMatchObject({
      effective: { model: 'smart', fallback: 'qwen-32b' },
    })
    expect((await patch({ fallback: 'moon' })).json()).toMatchObject({
      error: { fields: { fallback: expect.any(String) } },
    })
  })

  it('has servers whose limits and abilities an admin may say', async () => {
    const [server] = await web.models.list()
    if (!server) throw new Error('no server')
    const browser = openBrowser(web)
    await browser.logIn(OWNER)
    const page = `/admin/models/${server.id}`
    await browser.submit(page, page, { concurrency: '4', priorities: 'true' })
    await browser.submit(page, `${page}/abilities`, {
      model: 'qwen-32b',
      tools: 'true',
      contextLength: '4096',
    })
    const [choice] = await web.models.choose({ name: 'qwen-32b' })
    expect(choice).toMatchObject({ concurrency: 4, contextLength: 4096, abilities: { tools: true } })
    await web.models.reportFault(choice as NonNullable<typeof choice>, {
      code: 'model_timeout',
      detail: 'no token within 5 ms',
      down: true,
    })
    const { body } = await browser.open(page)
    expect(body).toContain('no token within 5 ms')
    const health = await web.app.inject({ url: `/api/v1/model-servers/${server.id}/health`, headers })
    expect(health.json()).toMatchObject({ calls: 0, faults: [{ code: 'model_timeout' }] })
  })
})
