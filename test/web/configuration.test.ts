import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import type { Configuration } from '../../src/model/configuration.ts'
import { bearer, startTestWeb, type TestWeb } from './web.ts'

let web: TestWeb
let directory: string
let headers: { authorization: string }
beforeAll(async () => {
  web = await startTestWeb()
  directory = await mkdtemp(join(tmpdir(), 'brainall-config-'))
  headers = bearer(await web.owner())
  const id = await web.addWorkspace('team')
  await web.parts.settings.change({ scope: 'workspace', id }, { temperature: 0.3 }, 'somebody')
})
afterAll(async () => {
  await web.close()
  await rm(directory, { recursive: true, force: true })
})

const run = async (...args: string[]) => {
  const env = { DATABASE_URL: web.database.connectionString, DATA_DIR: directory }
  const { stdout } = await promisify(execFile)(process.execPath, ['src/entry/config.ts', ...args], { env })
  return stdout
}

it('goes out as YAML, shows the difference, and comes back', { timeout: 60_000 }, async () => {
  const file = join(directory, 'hub.yaml')
  await run('export', file)
  const document = parse(await readFile(file, 'utf8')) as Configuration
  expect(document).toMatchObject({
    version: 1,
    hub: {},
    workspaces: [{ connection: 'telegram', workspace: 'team', settings: { temperature: 0.3 } }],
  })
  await writeFile(
    file,
    stringify({
      ...document,
      hub: { language: 'pt' },
      workspaces: [{ ...document.workspaces?.[0], settings: {} }],
    }),
  )
  const settings = async () =>
    (await web.app.inject({ url: '/api/v1/hub/settings', headers })).json<{ own: object }>().own
  const tried = await run('import', file, '--dry-run')
  expect(tried).toContain('hub: language\n  - (inherited)\n  + "pt"')
  expect(tried).toContain('telegram/team: temperature\n  - 0.3\n  + (inherited)')
  expect(await settings()).toEqual({})
  expect(await run('import', file)).toContain('Done: 2 settings changed.')
  expect(await settings()).toEqual({ language: 'pt' })
  expect(await run('import', file, '--dry-run')).toContain('0 settings would change')
})

it('comes and goes by the API, and refuses as a whole what names an unknown place', async () => {
  const document = (await web.app.inject({ url: '/api/v1/configuration', headers })).json<Configuration>()
  const put = (payload: object, query = '') =>
    web.app.inject({ method: 'PUT', url: `/api/v1/configuration${query}`, headers, payload })
  expect((await put(document)).json()).toEqual({ changes: [] })
  const other = { connection: 'telegram', workspace: 'nowhere', settings: { run: false } }
  const refused = await put({ ...document, hub: { run: false }, workspaces: [other] })
  expect(refused.statusCode).toBe(422)
  expect((await put({ version: 1, hub: { nonsense: 1 } })).statusCode).toBe(422)
  const dry = await put({ ...document, hub: { run: false } }, '?dryRun=true')
  expect(dry.json<{ changes: unknown[] }>().changes).toHaveLength(2)
  const after = await web.app.inject({ url: '/api/v1/hub/settings', headers })
  expect(after.json()).toMatchObject({ own: { language: 'pt' } })
})
