import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConnectionId } from '../../src/model/ids.ts'
import { openBrowser } from './browser.ts'
import { printedRoutes, type Route } from './printed-routes.ts'
import { sampleHub } from './sample-hub.ts'
import { bearer, OWNER, SECRETS, startTestWeb, type TestWeb } from './web.ts'

const HOSTILE = '<script>alert(1)</script>"\' onload=x {x}'
let web: TestWeb
let routes: Route[]
let ids: Record<string, string>

beforeAll(async () => {
  web = await startTestWeb()
  const workspace = await web.addWorkspace(HOSTILE)
  await web.models.add({
    name: HOSTILE,
    purpose: 'chat',
    baseUrl: 'http://gpu-1:8000/v1',
    apiKey: SECRETS.apiKey,
  })
  await web.models.refresh(AbortSignal.timeout(5000))
  const [connection] = await web.connections.list()
  if (connection === undefined) throw new Error('no connection')
  await web.connections.report(connection.id, { kind: 'rejected', detail: HOSTILE })
  ids = {
    workspace,
    ...(await addMessage(workspace, connection.id)),
    ...(await addExchanges(connection.id)),
  }
  routes = printedRoutes(web.app.printRoutes({ commonPrefix: false }))
})
afterAll(() => web.close())

const OPEN = new Set([
  'GET /',
  'GET /healthz',
  'GET /readyz',
  'GET /metrics',
  'POST /slack/events',
  'POST /telegram/:connection',
  'POST /api/v1/login',
  'POST /api/v1/setup',
  'POST /api/v1/refresh',
  'POST /api/v1/join',
  'GET /api/v1/openapi.json',
  'GET /admin/login',
  'POST /admin/login',
  'POST /admin/login/code',
  'GET /admin/setup',
  'POST /admin/setup',
  'GET /admin/sign-in',
  'POST /admin/sign-in',
  'GET /admin/join',
  'POST /admin/join',
  'GET /admin/assets/admin.css',
  'GET /admin/assets/admin.js',
  'GET /admin/assets/mark.svg',
])

describe('whoever is not logged in', () => {
  it('gets no further than the door, on every route', async () => {
    expect(routes.length).toBeGreaterThan(40)
    const known = routes.map(({ method, url }) => `${method} ${url}`)
    for (const open of OPEN) expect(known).toContain(open)
    for (const { method, url } of routes) {
      if (OPEN.has(`${method} ${url}`)) continue
      const answer = await web.app.inject({ method: method as 'GET', url: url.replace(/:\w+/g, 'x') })
      const refused = url.startsWith('/admin')
        ? answer.statusCode === 303 && answer.headers.location?.startsWith('/admin/login')
        : answer.statusCode === 401
      expect(refused, `${method} ${url} answers ${answer.statusCode}`).toBe(true)
    }
  })

  it('changes nothing as a viewer either, but what is their own', async () => {
    const headers = bearer(await web.viewer())
    const own = /login|sign-in|setup|join|refresh|logout|tokens|\/me|account|sessions|slack|telegram/
    for (const { method, url } of routes) {
      if (method === 'GET' || own.test(url)) continue
      const answer = await web.app.inject({
        method: method as 'POST',
        url: url.replace(/:\w+/g, 'x'),
        headers,
      })
      expect(answer.statusCode, `${method} ${url}`).toBe(403)
    }
  })
})

describe('what is shown', () => {
  it('holds no secret and no script of others, on every page and in every answer', async () => {
    const browser = openBrowser(web)
    await browser.logIn(OWNER)
    const headers = bearer(await web.owner())
    let pages = 0
    for (const { method, url } of routes) {
      if (method !== 'GET') continue
      const path = url
        .replace('/workspaces/:id', `/workspaces/${ids.workspace}`)
        .replace('/channels/:id', `/channels/${ids.channel}`)
        .replace('/messages/:id', `/messages/${ids.message}`)
        .replace('/conversations/:id', `/conversations/${ids.conversation}`)
        .replace('/runs/:id', `/runs/${ids.run}`)
        .replace('/rehearsals/:id', `/rehearsals/${ids.rehearsal}`)
        .replace('/persons/:id', `/persons/${ids.person}`)
        .replace('/people/:id/settings', `/people/${ids.person}/settings`)
        .replace('/connections/new/:platform', '/connections/new/telegram')
        .replace('/models/:id', `/models/${ids.server}`)
        .replace('/model-servers/:id', `/model-servers/${ids.server}`)
      const page = url.startsWith('/admin') && !url.endsWith('.csv')
      const { status, body } = page
        ? await browser.open(path)
        : await web.app
            .inject({ url: path, headers })
            .then((answer) => ({ status: answer.statusCode, body: answer.body }))
      expect(status, path).toBeLessThan(404)
      for (const secret of Object.values(SECRETS)) expect(body).not.toContain(secret)
      if (!page) continue
      pages += 1
      expect(body).not.toContain('<script>alert')
      expect(body).not.toMatch(/ style=| on\w+="/)
      expect(body).not.toMatch(/<img|javascript:alert\(1\)"|src="http/)
    }
    expect(pages).toBeGreaterThan(12)
    expect(JSON.stringify(web.log.lines)).not.toMatch(/canary/)
    const { rows } = await web.db.pool.query('select * from audit')
    expect(rows.length).toBeGreaterThan(0)
    expect(JSON.stringify(rows)).not.toMatch(/canary/)
  })

  it('names hostile people as they are called', async () => {
    const browser = openBrowser(web)
    await browser.logIn(OWNER)
    const { body } = await browser.open(`/admin/messages/${ids.message}`)
    expect(body).toContain('&#60;script&#62;alert(1)&#60;/script&#62;')
    expect(body).toContain('ignored: it was not addressed to me')
  })

  it('comes with a policy that lets nothing in from outside', async () => {
    const { headers } = await openBrowser(web).open('/admin/login')
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self'")
    expect(policy).not.toContain('unsafe')
    expect(headers).toMatchObject({ 'x-frame-options': 'DENY', 'cache-control': 'no-store' })
  })
})

async function addMessage(workspaceId: string, connectionId: string) {
  const insert = async (text: string, values: unknown[]): Promise<string> => {
    const { rows } = await web.db.pool.query<{ id: string }>(text, values)
    return rows[0]?.id ?? ''
  }
  const channel = await insert(
    `insert into channels (id, connection_id, workspace_id, external_id, name, kind)
     values (gen_random_uuid(), $1, $2, 'c', $3, 'group') returning id`,
    [connectionId, workspaceId, HOSTILE],
  )
  const person = await insert(
    `insert into people (id, connection_id, external_id, name) values (gen_random_uuid(), $1, 'p', $2) returning id`,
    [connectionId, HOSTILE],
  )
  const message = await insert(
    `insert into messages (id, workspace_id, channel_id, person_id, external_id, text, at)
     values (gen_random_uuid(), $1, $2, $3, 'm', $4, now()) returning id`,
    [workspaceId, channel, person, HOSTILE],
  )
  await web.db.pool.query(
    `insert into decisions (workspace_id, message_id, code, detail) values
     ($1, $2, 'received', '{}'), ($1, $2, 'not_addressed', '{"reason": "no mention"}'), ($1, $2, 'made_up', '{}')`,
    [workspaceId, message],
  )
  return { channel, message }
}

/** Everything that people, models and programs write, as hostile as it can be. */
async function addExchanges(connectionId: ConnectionId) {
  const hub = sampleHub(web.db.db)
  const place = await hub.channel(connectionId, await hub.workspace(connectionId, HOSTILE), HOSTILE)
  const personId = await hub.person(connectionId, HOSTILE)
  const conversation = await hub.conversation(place)
  const common = { conversationId: conversation, place, personId, agoMs: 60_000, question: HOSTILE }
  const link = '[link](javascript:alert(1)) ![image](http://evil.example/x.png) <img src=x onerror=alert(1)>'
  await hub.exchange({
    ...common,
    answer: `${HOSTILE}\n\n# ${HOSTILE}\n\n| ${HOSTILE} |\n|---|\n| ${link} |\n\n\`\`\`\n${HOSTILE}\n\`\`\``,
    model: HOSTILE,
    voice: { transcript: HOSTILE },
  })
  await hub.exchange({ ...common, state: 'failed', error: { code: HOSTILE, message: HOSTILE } })
  const error = { name: HOSTILE, message: HOSTILE, stack: HOSTILE }
  const result = { reason: 'error', output: HOSTILE, truncated: true, value: HOSTILE, error } as const
  const { runId } = await hub.exchange({
    ...common,
    run: {
      language: HOSTILE,
      source: HOSTILE,
      result: { ...result, cpuMs: 1, wallMs: 1, memoryBytes: 1 },
    },
  })
  const plan = { model: HOSTILE, systemPrompt: HOSTILE, turns: 5, startedBy: HOSTILE }
  const rehearsal = await web.parts.rehearsals.start({ ...plan, workspaceId: place.workspaceId })
  const [server] = await web.models.list()
  return {
    conversation,
    run: runId ?? '',
    person: personId,
    rehearsal: rehearsal ?? '',
    server: server?.id ?? '',
  }
}
