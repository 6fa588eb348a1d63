import type { LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { HttpRequest } from '../../src/ports/receiver.ts'
import type { Readiness } from '../../src/web/index.ts'
import { bearer, SECRETS, startTestWeb, type TestWeb } from './web.ts'

let web: TestWeb
let headers: { authorization: string }
const calls: HttpRequest[] = []
let readiness: Readiness = { ready: true, parts: [] }

beforeAll(async () => {
  web = await startTestWeb({
    readiness: async () => readiness,
    receiversHttp: async (path, request) => {
      if (path.kind === 'telegram' && path.slug !== 'team') return undefined
      calls.push(request)
      return { status: 202, headers: { 'x-answer': 'yes' }, body: 'taken' }
    },
  })
  headers = bearer(await web.owner())
})
afterAll(() => web.close())

const get = async <T>(url: string) => (await web.app.inject({ url, headers })).json<T>()

describe('platforms that call us', () => {
  it('reach the receiver with the exact bytes', async () => {
    const payload = Buffer.from('{"a" : 1}\xff', 'latin1')
    for (const url of ['/slack/events?x=1', '/telegram/team']) {
      const answer = await web.app.inject({
        method: 'POST',
        url,
        payload,
        headers: { 'content-type': 'application/json', 'x-signature': 'abc' },
      })
      expect([answer.statusCode, answer.headers['x-answer'], answer.body]).toEqual([202, 'yes', 'taken'])
      expect(calls.at(-1)).toMatchObject({
        method: 'POST',
        url,
        headers: { 'x-signature': 'abc' },
        rawBody: payload,
      })
    }
  })

  it('are refused where nobody listens, and when they send too much', async () => {
    const post = (url: string, size: number) =>
      web.app.inject({ method: 'POST', url, payload: 'x'.repeat(size) })
    expect((await post('/telegram/other', 1)).json()).toMatchObject({ error: { code: 'not_found' } })
    expect((await post('/slack/events', 1024 * 1024)).statusCode).toBe(202)
    expect((await post('/slack/events', 1024 * 1024 + 1)).json()).toMatchObject({
      error: { code: 'too_large' },
    })
  })
})

describe('whoever watches the hub', () => {
  it('hears that it is alive and ready, or which part is down', async () => {
    const down = { kind: 'model-server', name: 'gpu', up: false, detail: 'no answer' } as const
    readiness = { ready: true, parts: [{ kind: 'database', name: 'database', up: true }, down] }
    expect((await web.app.inject({ url: '/healthz' })).statusCode).toBe(200)
    const ready = await web.app.inject({ url: '/readyz' })
    expect(ready.statusCode).toBe(200)
    expect(ready.json()).toMatchObject({ ready: true, reasons: ['model-server gpu: no answer'] })
    readiness = {
      ready: false,
      parts: [{ kind: 'database', name: 'database', up: false, detail: 'gone' }],
    }
    const broken = await web.app.inject({ url: '/readyz' })
    expect(broken.statusCode).toBe(503)
    expect(broken.json()).toMatchObject({ reasons: ['database database: gone'] })
    const metrics = await web.app.inject({ url: '/metrics' })
    expect(metrics.headers['content-type']).toContain('text/plain')
    expect(metrics.body).toContain('brainall_ready 0')
  })
})

describe('while the database is down', () => {
  it('machines still hear what is down, and people that something is', async () => {
    const broken = await startTestWeb({
      sessions: {
        open: () => Promise.reject(new Error('gone')),
        find: () => Promise.reject(new Error('gone')),
        renew: () => Promise.reject(new Error('gone')),
        list: () => Promise.reject(new Error('gone')),
        revoke: () => Promise.reject(new Error('gone')),
      },
      readiness: () => Promise.reject(new Error('gone')),
    })
    const url = (path: string) => broken.app.inject({ url: path, headers })
    expect((await url('/healthz')).statusCode).toBe(200)
    expect((await url('/readyz')).statusCode).toBe(503)
    const answer = await broken.app.inject({ url: '/api/v1/me', headers })
    expect([answer.statusCode, answer.json()]).toEqual([
      500,
      { error: { code: 'internal', message: 'Something went wrong in the hub. Its log says what.' } },
    ])
    await broken.close()
  })
})

describe('model servers', () => {
  const add = (payload: object) =>
    web.app.inject({ method: 'POST', url: '/api/v1/model-servers', headers, payload })

  it('are added, asked, shown without their key, and removed', async () => {
    const added = await add({ name: 'gpu', baseUrl: 'http://gpu-1:8000', apiKey: SECRETS.apiKey })
    expect(added.statusCode).toBe(201)
    const { id } = added.json<{ id: string }>()
    expect(added.json()).toMatchObject({ baseUrl: 'http://gpu-1:8000/v1', hasApiKey: true, state: 'up' })
    expect(added.body).not.toContain(SECRETS.apiKey)
    const second = await add({ name: 'gpu two', baseUrl: 'http://gpu-2:8000/v1/' })
    expect(await get('/api/v1/models')).toMatchObject([
      { name: 'llama-70b', servers: [{ name: 'gpu', up: true }] },
      { name: 'qwen-32b', servers: [{ name: 'gpu' }, { name: 'gpu two' }] },
    ])
    expect((await add({ name: 'gpu', baseUrl: 'http://gpu-2' })).json()).toMatchObject({
      error: { code: 'name_taken', fields: { name: expect.any(String) } },
    })
    for (const one of [id, second.json<{ id: string }>().id]) {
      const answer = await web.app.inject({ method: 'DELETE', url: `/api/v1/model-servers/${one}`, headers })
      expect(answer.statusCode).toBe(204)
    }
    expect(await get('/api/v1/model-servers')).toEqual([])
    const audit = await web.app.inject({ url: '/api/v1/audit', headers })
    expect(
      audit.json<{ action: string }[]>().filter(({ action }) => action.startsWith('model')),
    ).toHaveLength(4)
    expect(audit.body).not.toContain(SECRETS.apiKey)
  })

  it('that do not answer are kept and say so', async () => {
    const added = await add({ name: 'far', baseUrl: 'http://nowhere/v1' })
    expect(added.json()).toMatchObject({ state: 'down', stateDetail: 'the server refuses the connection' })
    const { id } = added.json<{ id: string }>()
    const refresh = await web.app.inject({
      method: 'POST',
      url: `/api/v1/model-servers/${id}/refresh`,
      headers,
    })
    expect(refresh.json()).toMatchObject({ id, state: 'down' })
  })

  it('need an address that can be one', async () => {
    for (const baseUrl of ['gpu:8000', 'ftp://gpu/v1', 'http://user:pw@gpu/v1', 'http://gpu/v2']) {
      const answer = await add({ name: 'wrong', baseUrl })
      expect(answer.statusCode).toBe(422)
      expect(answer.json()).toMatchObject({ error: { fields: { baseUrl: expect.stringContaining('/v1') } } })
    }
  })

  it('of the environment cannot be removed', async () => {
    await web.models.reconcile('environment', [
      { name: 'fixed', purpose: 'chat', baseUrl: 'http://u:p@gpu-1/v1' },
    ])
    const list = await get<{ id: string; name: string; baseUrl: string }[]>('/api/v1/model-servers')
    const fixed = list.find(({ name }) => name === 'fixed')
    expect(fixed?.baseUrl).toBe('http://gpu-1/v1')
    const answer = await web.app.inject({
      method: 'DELETE',
      url: `/api/v1/model-servers/${fixed?.id}`,
      headers,
    })
    expect(answer.json()).toMatchObject({ error: { code: 'read_only' } })
  })
})

describe('lists', () => {
  it('of workspaces come a page at a time and can be searched', async () => {
    for (const name of ['One', 'Two', 'Three']) await web.addWorkspace(name)
    const names: string[] = []
    let next: string | undefined = '/api/v1/workspaces?limit=2'
    while (next !== undefined) {
      const answer: LightMyRequestResponse = await web.app.inject({ url: next, headers })
      names.push(...answer.json<{ name: string }[]>().map(({ name }) => name))
      next = /<([^>]*)>; rel="next"/.exec(String(answer.headers.link))?.[1]
    }
    expect(names).toEqual(['One', 'Two', 'Three'])
    const [found] = await get<object[]>('/api/v1/workspaces?search=THRE')
    expect(found).toMatchObject({
      name: 'Three',
      platform: 'telegram',
      externalId: 'Three',
      lastMessageAt: null,
    })
    const [connection] = await get<object[]>('/api/v1/connections')
    expect(connection).toMatchObject({ slug: 'telegram', state: 'connecting' })
    expect(JSON.stringify(connection)).not.toContain(SECRETS.token)
  })
})

describe('the document of the API', () => {
  it('describes every route of the API with its answers', async () => {
    const document = await get<{ openapi: string; paths: Record<string, Record<string, unknown>> }>(
      '/api/v1/openapi.json',
    )
    expect(document.openapi).toMatch(/^3\.1/)
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, operation })),
    )
    expect(operations.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'post /api/v1/login',
        'get /api/v1/workspaces',
        'patch /api/v1/workspaces/{id}/settings',
        'post /api/v1/model-servers',
        'get /api/v1/messages/{id}/decisions',
      ]),
    )
    for (const { name, operation } of operations) {
      expect(operation, name).toMatchObject({
        summary: expect.any(String),
        responses: { '4XX': expect.anything() },
      })
    }
  })
})

describe('what cannot be understood', () => {
  it('is refused in one form', async () => {
    const json = { ...headers, 'content-type': 'application/json' }
    const cases = [
      { method: 'GET', url: '/nowhere', code: 'not_found' },
      { method: 'GET', url: '/api/v1/nowhere', code: 'not_found' },
      { method: 'POST', url: '/api/v1/login', payload: '{"a', code: 'malformed' },
      { method: 'POST', url: '/api/v1/login', payload: '{}', code: 'invalid' },
      { method: 'POST', url: '/api/v1/login', payload: `"${'x'.repeat(300_000)}"`, code: 'too_large' },
      { method: 'PATCH', url: '/api/v1/hub/settings', payload: '['.repeat(100_000), code: 'malformed' },
      { method: 'GET', url: '/api/v1/workspaces?limit=many', code: 'invalid' },
      { method: 'GET', url: '/api/v1/messages/1/decisions', code: 'not_found' },
      { method: 'GET', url: '/%zz', code: 'not_found' },
    ] as const
    for (const { code, ...request } of cases) {
      const answer = await web.app.inject({ headers: json, ...request })
      expect(answer.json(), request.url).toMatchObject({ error: { code, message: expect.any(String) } })
    }
    const page = await web.app.inject({ url: '/admin/nowhere' })
    expect([page.statusCode, page.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8'])
  })
})
