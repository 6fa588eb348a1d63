import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openConfinement } from '../../src/db/confinement.ts'
import type { PersonId, WorkspaceId } from '../../src/model/ids.ts'
import { WORKSPACE_ROUTES } from '../../src/web/plugins/workspace-routes.ts'
import { printedRoutes, type Route } from './printed-routes.ts'
import { sampleHub } from './sample-hub.ts'
import { bearer, OWNER, startTestWeb, type TestWeb } from './web.ts'

const CANARY = 'canary of the other workspace'
const PASSWORD = 'a password for each of them'
const ROLES = ['nobody', 'viewer', 'workspace admin', 'elsewhere', 'operator', 'owner'] as const
type Role = (typeof ROLES)[number]

/** Anybody's, to get in, or for machines. */
const OPEN =
  /^GET \/$|\/(healthz|readyz|metrics)$|\/slack\/|\/telegram\/|\/login|\/setup$|\/join$|\/sign-in$|\/refresh$|openapi|\/assets\//
/** Of every admin, whatever they may else. */
const OWN = /\/logout$|\/me($|\/)|\/sessions|\/tokens|\/admin\/account/
/** For owners alone to change; what people in chats are allowed is the operators', too. */
const OWNERS = /\/people(?!\/:id\/settings)/

let web: TestWeb
let routes: Route[]
let own: Record<string, string>
let foreign: Record<string, string>

beforeAll(async () => {
  web = await startTestWeb()
  const hub = sampleHub(web.db.db)
  const connection = await hub.connection('slack', 'Slack')
  own = await place(hub, connection, 'Ours', 'what we asked')
  foreign = await place(hub, connection, CANARY, CANARY)
  await join('operator@example.org', 'operator')
  await join('here@example.org', 'workspace_admin', [own.workspaces ?? ''])
  routes = printedRoutes(web.app.printRoutes({ commonPrefix: false }))
})
afterAll(() => web.close())

async function place(
  hub: ReturnType<typeof sampleHub>,
  connection: Awaited<ReturnType<ReturnType<typeof sampleHub>['connection']>>,
  name: string,
  question: string,
) {
  const workspaceId = await hub.workspace(connection, name)
  const where = await hub.channel(connection, workspaceId, name)
  const personId = await hub.person(connection, `${name} person`)
  const conversationId = await hub.conversation(where)
  const common = { conversationId, place: where, personId, agoMs: 60_000, question, answer: question }
  const { messageId } = await hub.exchange(common)
  const error = { name, message: question, stack: question }
  const result = { reason: 'error', output: question, truncated: false, value: question, error } as const
  const ran = await hub.exchange({
    ...common,
    run: { language: 'lua', source: question, result: { ...result, cpuMs: 1, wallMs: 1, memoryBytes: 1 } },
  })
  const settings = { scope: 'workspace', id: workspaceId } as const
  await web.parts.settings.change(settings, { systemPrompt: question }, 'somebody')
  return {
    workspaces: workspaceId,
    channels: where.channelId,
    conversations: conversationId,
    messages: messageId,
    runs: ran.runId ?? '',
  }
}

async function join(email: string, role: string, workspaces: string[] = []) {
  const invited = await web.app.inject({
    method: 'POST',
    url: '/api/v1/people',
    headers: bearer(await web.owner()),
    payload: { email, role, workspaces },
  })
  const link = new URL(invited.json<{ link: string }>().link)
  const token = link.searchParams.get('token')
  await web.app.inject({ method: 'POST', url: '/api/v1/join', payload: { token, password: PASSWORD } })
}

async function tokenOf(role: Role): Promise<string | undefined> {
  if (role === 'nobody') return undefined
  if (role === 'owner') return web.token(OWNER)
  if (role === 'viewer') return web.viewer()
  const email = role === 'operator' ? 'operator@example.org' : 'here@example.org'
  return web.token({ email, password: PASSWORD })
}

async function visit({ method, url }: Route, role: Role, token: string | undefined) {
  const ids = role === 'elsewhere' ? foreign : own
  const path = url
    .replace(
      /\/(workspaces|channels|conversations|messages|runs)\/:id/,
      (_, kind: string) => `/${kind}/${ids[kind]}`,
    )
    .replace(/:\w+/g, '00000000-0000-7000-8000-00000000dead')
  const form = method !== 'GET' && url.startsWith('/admin')
  const answer = await web.app.inject({
    method: method as 'GET',
    url: path,
    headers: {
      ...(token === undefined ? {} : bearer(token)),
      ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
    },
    ...(method === 'GET' ? {} : { payload: form ? '' : {} }),
  })
  return { status: answer.statusCode, body: answer.body, location: answer.headers.location }
}

type Answer = 'yes' | 'log in' | 'no' | 'hidden'

function meant({ status, location, body }: Awaited<ReturnType<typeof visit>>): Answer {
  if (status === 401 && !body.includes('wrong_credentials')) return 'log in'
  if (status === 303 && location?.startsWith('/admin/login?next')) return 'log in'
  if (status === 303 && location === '/admin/login') return 'log in'
  if (status === 403) return 'no'
  return status === 404 ? 'hidden' : 'yes'
}

function expected({ method, url }: Route, role: Role): readonly Answer[] {
  const key = `${method} ${url}`
  // A door may refuse what was sent, too.
  if (OPEN.test(key)) return ['yes', 'log in', 'no', 'hidden']
  if (role === 'nobody') return ['log in']
  // Where the id names nothing, whoever may enter finds nothing.
  const entered: readonly Answer[] = /:|\/remove$/.test(url) ? ['yes', 'hidden'] : ['yes']
  if (OWN.test(url)) return [...entered, 'log in']
  if (role === 'viewer') return method === 'GET' ? entered : ['no']
  if (role === 'operator') return method !== 'GET' && OWNERS.test(url) ? ['no'] : entered
  if (role === 'owner') return entered
  const kind = WORKSPACE_ROUTES.get(key)
  if (key === 'GET /admin') return ['yes']
  if (kind === undefined) return ['no']
  return role === 'elsewhere' && kind !== 'rows' ? ['hidden'] : ['yes']
}

describe('every route', () => {
  it('lets in whom it should, and nobody else', { timeout: 120_000 }, async () => {
    const lines: string[] = []
    const wrong: string[] = []
    for (const role of ROLES) {
      let token = await tokenOf(role)
      for (const [index, route] of routes.entries()) {
        const seen = await visit(route, role, token)
        if (/logout$/.test(route.url) && token !== undefined) token = await tokenOf(role)
        const answer = meant(seen)
        const name = `${route.method} ${route.url}`
        lines[index] = `${lines[index] ?? name.padEnd(56)} ${answer.padEnd(9)}`
        if (!expected(route, role).includes(answer)) wrong.push(`${role}: ${name} answers ${seen.status}`)
        if (seen.status >= 500) wrong.push(`${role}: ${name} fails: ${seen.body.slice(0, 200)}`)
        const isConfined = role === 'workspace admin' || role === 'elsewhere'
        if (isConfined && seen.body.includes(CANARY))
          wrong.push(`${role}: ${name} tells of the other workspace`)
      }
    }
    const head = ['route'.padEnd(56), ...ROLES.map((role) => role.slice(0, 9).padEnd(9))].join(' ')
    console.log([head, ...lines].join('\n'))
    expect(wrong).toEqual([])
  })

  it('of workspace admins exists', () => {
    const known = new Set(routes.map(({ method, url }) => `${method} ${url}`))
    expect([...WORKSPACE_ROUTES.keys()].filter((key) => !known.has(key))).toEqual([])
  })
})

describe('a workspace admin', () => {
  const change = async (payload: object) => {
    const answer = await web.app.inject({
      method: 'PATCH',
      url: `/api/v1/workspaces/${own.workspaces}/settings`,
      headers: bearer((await tokenOf('workspace admin')) ?? ''),
      payload,
    })
    return { status: answer.statusCode, body: answer.json() }
  }

  it('changes the settings of the own workspace, within what the hub allows', async () => {
    expect(await change({ temperature: 0.2, maxOutputTokens: 90_000 })).toMatchObject({
      status: 200,
      body: { own: { temperature: 0.2 } },
    })
    const set = await web.app.inject({
      method: 'PUT',
      url: '/api/v1/ceilings',
      headers: bearer((await tokenOf('operator')) ?? ''),
      payload: { locked: ['run', 'temperature'], models: ['llama-70b'], maxOutputTokens: 1000 },
    })
    expect(set.statusCode).toBe(200)
    const refused = await change({ run: true, temperature: 0.2, maxOutputTokens: 2000, model: 'qwen-32b' })
    expect(refused.status).toBe(422)
    expect(Object.keys(refused.body.error.fields).sort()).toEqual(['maxOutputTokens', 'model', 'run'])
    expect(await change({ maxOutputTokens: 900, voice: false })).toMatchObject({ status: 200 })
    const { rows } = await web.db.pool.query(
      "select actor, action from audit where target = $1 and actor = 'admin:here@example.org'",
      [`workspace:${own.workspaces}`],
    )
    expect(rows).toHaveLength(2)
  })
})

describe('the database', () => {
  it('shows and lets write no row of another workspace, whatever is asked', async () => {
    const confinement = await openConfinement(web.database.connectionString, web.db, web.log)
    const mine = own.workspaces as WorkspaceId
    const ask = (statement: string) =>
      new Promise<readonly Record<string, unknown>[]>((resolve, reject) => {
        confinement.within([mine], () => {
          confinement.db.execute(sql.raw(statement)).then(({ rows }) => resolve(rows), reject)
        })
      })
    const { rows: tables } = await web.db.pool.query<{ name: string }>(
      `select table_name as name from information_schema.columns
       where table_schema = 'public' and column_name = 'workspace_id' order by 1`,
    )
    expect(tables.length).toBeGreaterThan(10)
    let read = 0
    for (const { name } of tables) {
      const rows = await ask(`select * from ${name}`).catch(() => [])
      for (const row of rows) {
        if (name === 'settings' && row.scope === 'hub') continue
        expect(row.workspace_id, name).toBe(mine)
        read += 1
      }
    }
    expect(read).toBeGreaterThan(5)
    expect(await ask('select id from workspaces')).toEqual([{ id: mine }])
    for (const forbidden of [
      'select credentials from connections',
      'select * from admins',
      'select * from sessions',
      'select * from second_factors',
      'select api_key from model_servers',
      'delete from messages',
      `update workspaces set name = 'x'`,
      `insert into settings (scope, scope_id, workspace_id) values ('workspace', '${foreign.workspaces}', '${foreign.workspaces}')`,
      `insert into settings (scope, scope_id) values ('hub', 'x')`,
      `insert into audit (actor, action, target) values ('x', 'x', 'x')`,
    ]) {
      await expect(ask(forbidden), forbidden).rejects.toMatchObject({
        cause: { message: expect.stringMatching(/permission denied|row-level security/) },
      })
    }
    const updated = await ask(
      `update settings set values = '{}' where workspace_id = '${foreign.workspaces}' returning 1`,
    )
    expect(updated).toEqual([])
    await confinement.close()
  })
})

describe('a link from a chat', () => {
  const link = async () => {
    const { rows } = await web.db.pool.query<{ id: string }>(
      "select id from people where name = 'Ours person'",
    )
    return web.signInLink({ workspaceId: own.workspaces as WorkspaceId, personId: rows[0]?.id as PersonId })
  }
  const open = async (url: string, method: 'GET' | 'POST') => {
    const { pathname, searchParams, search } = new URL(url)
    return web.app.inject({
      method,
      url: method === 'GET' ? pathname + search : pathname,
      ...(method === 'GET'
        ? {}
        : {
            headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'http://localhost' },
            payload: new URLSearchParams(searchParams).toString(),
          }),
    })
  }

  it('lets in once, whom the platform names an admin, and only to that workspace', async () => {
    web.administers(async ({ workspace }) => workspace.name === 'Ours')
    const url = await link()
    expect((await open(url, 'GET')).body).toContain('Ours person')
    expect((await open(url, 'GET')).statusCode).toBe(200)
    const entered = await open(url, 'POST')
    expect(entered).toMatchObject({ statusCode: 303, headers: { location: '/admin/workspaces' } })
    expect((await open(url, 'POST')).statusCode).toBe(403)
    const cookie = entered.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
    const page = await web.app.inject({ url: '/admin/workspaces', headers: { cookie } })
    expect(page.body).toContain('Ours')
    expect(page.body).not.toContain(CANARY)
    expect(page.body).not.toContain('href="/admin/people"')
    expect((await web.app.inject({ url: '/admin/people', headers: { cookie } })).statusCode).toBe(403)
  })

  it('keeps out who does not administer the place, and takes back what they had', async () => {
    web.administers(async () => false)
    const refused = await open(await link(), 'POST')
    expect(refused.statusCode).toBe(403)
    expect(refused.body).toContain('Only people who administer this place')
    const { rows } = await web.db.pool.query(
      "select 1 from admin_workspaces w join admins a on a.id = w.admin_id where a.email like 'slack:%'",
    )
    expect(rows).toEqual([])
  })

  it('works for ten minutes', async () => {
    web.administers(async () => true)
    const url = await link()
    await web.db.pool.query("update sign_in_links set expires_at = now() - interval '1 second'")
    expect((await open(url, 'GET')).statusCode).toBe(403)
    expect((await open(url, 'POST')).statusCode).toBe(403)
  })
})

describe('a change of settings', () => {
  it('is taken back by its entry, and only at its own place', async () => {
    const headers = bearer((await tokenOf('workspace admin')) ?? '')
    const settings = `/api/v1/workspaces/${own.workspaces}/settings`
    const patch = (payload: object) => web.app.inject({ method: 'PATCH', url: settings, headers, payload })
    await patch({ systemPrompt: 'A first prompt.' })
    await patch({ systemPrompt: 'A second prompt.', language: 'pt' })
    const entries = await web.parts.audit.latest({ limit: 1, target: `workspace:${own.workspaces}` })
    const undo = (url: string) =>
      web.app.inject({ method: 'POST', url: `${url}/undo`, headers, payload: { seq: entries[0]?.seq } })
    expect((await undo(`/api/v1/channels/${own.channels}/settings`)).statusCode).toBe(404)
    const back = (await undo(settings)).json<{ own: object }>()
    expect(back.own).toMatchObject({ systemPrompt: 'A first prompt.' })
    expect(back.own).not.toHaveProperty('language')
    const page = await web.app.inject({ url: `/admin/workspaces/${own.workspaces}`, headers })
    expect(page.body).toContain('Undo')
  })
})
