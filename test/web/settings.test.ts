import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { effectiveSettings } from '../../src/db/place.ts'
import type { WorkspaceId } from '../../src/model/ids.ts'
import { DEFAULT_SETTINGS, type SettingsPatch } from '../../src/model/settings.ts'
import { openBrowser } from './browser.ts'
import { bearer, OWNER, startTestWeb, type TestWeb } from './web.ts'

let web: TestWeb
let token: string
let id: WorkspaceId
beforeAll(async () => {
  web = await startTestWeb()
  token = await web.owner()
  id = await web.addWorkspace('Team')
  await web.models.reconcile('environment', [
    { name: 'gpu', purpose: 'chat', baseUrl: 'http://gpu-1:8000/v1' },
  ])
  await web.models.refresh(AbortSignal.timeout(5000))
})
afterAll(() => web.close())

const patch = (path: string, payload: object) =>
  web.app.inject({ method: 'PATCH', url: `/api/v1/${path}/settings`, headers: bearer(token), payload })
const get = async (path: string) =>
  (await web.app.inject({ url: `/api/v1/${path}/settings`, headers: bearer(token) })).json<{
    own: SettingsPatch
    effective: Record<string, unknown>
  }>()

describe('settings through the API', () => {
  it('inherit from the hub, are set for a workspace and go back with null', async () => {
    const workspace = `workspaces/${id}`
    expect(await get(workspace)).toEqual({
      own: {},
      effective: {
        ...DEFAULT_SETTINGS,
        model: null,
        fallback: null,
        language: null,
        maxOutputTokens: null,
        trial: null,
        voiceMinutes: null,
      },
    })
    expect((await patch('hub', { model: 'qwen-32b', temperature: 0.2 })).statusCode).toBe(200)
    expect((await patch(workspace, { temperature: 1, voice: false })).statusCode).toBe(200)
    expect(await get(workspace)).toMatchObject({
      own: { temperature: 1, voice: 'off' },
      effective: { model: 'qwen-32b', temperature: 1, voice: 'off' },
    })
    const back = await patch(workspace, { temperature: null })
    expect(back.json()).toMatchObject({ own: { voice: 'off' }, effective: { temperature: 0.2 } })
  })

  it('count at once for the next turn', async () => {
    await patch(`workspaces/${id}`, { systemPrompt: 'You are a pirate.' })
    expect(await effectiveSettings(web.db.db, id)).toMatchObject({ systemPrompt: 'You are a pirate.' })
  })

  it('lose no change that is made at the same time', async () => {
    const changes: SettingsPatch[] = [
      { temperature: 0.9 },
      { maxOutputTokens: 512 },
      { voice: 'answer' },
      { run: false },
      { language: 'pt' },
    ]
    const fresh = await web.addWorkspace('Busy')
    await Promise.all(changes.map((change) => patch(`workspaces/${fresh}`, change)))
    expect((await get(`workspaces/${fresh}`)).own).toEqual(Object.assign({}, ...changes))
  })

  it('name every field at fault, and the models there are', async () => {
    const wrong = await patch(`workspaces/${id}`, { temperature: 3, voice: 'yes', colour: 'red', model: '' })
    expect(wrong.statusCode).toBe(422)
    const { error } = wrong.json<{ error: { code: string; fields: Record<string, string> } }>()
    expect(error.code).toBe('invalid')
    expect(Object.keys(error.fields).sort()).toEqual(['colour', 'model', 'temperature', 'voice'])
    expect(error.fields.temperature).toBe('At most 2.')

    const unknown = await patch(`workspaces/${id}`, { model: 'gpt-9' })
    expect(unknown.statusCode).toBe(422)
    expect(unknown.json()).toMatchObject({
      error: {
        fields: {
          model: 'No server lists the model “gpt-9”, and it is no alias. Listed: llama-70b, qwen-32b',
        },
      },
    })
  })

  it('take text that the database cannot hold as it is', async () => {
    const answer = await patch(`workspaces/${id}`, { systemPrompt: 'a\0b\ud800c' })
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toMatchObject({ own: { systemPrompt: 'ab\ufffdc' } })
  })

  it('are not found for unknown or malformed ids', async () => {
    for (const unknown of ['workspaces/019f0000-0000-7000-8000-000000000000', 'workspaces/7', 'channels/x']) {
      expect((await patch(unknown, { voice: true })).statusCode).toBe(404)
    }
  })

  it('leave an audit entry with what was and what is', async () => {
    await patch(`workspaces/${id}`, { maxOutputTokens: 100 })
    await patch(`workspaces/${id}`, { maxOutputTokens: 200 })
    await patch(`workspaces/${id}`, { maxOutputTokens: 200 })
    const answer = await web.app.inject({ url: '/api/v1/audit?limit=2', headers: bearer(token) })
    expect(answer.json()).toMatchObject([
      {
        actor: `admin:${OWNER.email}`,
        action: 'settings.changed',
        target: `workspace:${id}`,
        workspaceId: id,
        before: { maxOutputTokens: 100 },
        after: { maxOutputTokens: 200 },
      },
      { after: { maxOutputTokens: 100 } },
    ])
  })

  it('are for viewers to read only', async () => {
    const headers = bearer(await web.viewer())
    const url = `/api/v1/workspaces/${id}/settings`
    expect((await web.app.inject({ url, headers })).statusCode).toBe(200)
    const change = await web.app.inject({ method: 'PATCH', url, headers, payload: { voice: true } })
    expect(change.statusCode).toBe(403)
  })
})

describe('settings on the page', () => {
  it('are shown with where they come from, changed, and reset', async () => {
    const browser = openBrowser(web)
    await browser.logIn(OWNER)
    const fresh = await web.addWorkspace('Crew')
    const page = `/admin/workspaces/${fresh}`
    expect((await browser.open(page)).body).toContain('Inherited: qwen-32b')

    const saved = await browser.submit(page, page, { model: 'llama-70b', temperature: '0,5', run: 'false' })
    expect(saved.location).toBe(`${page}?notice=saved`)
    expect((await get(`workspaces/${fresh}`)).own).toEqual({
      model: 'llama-70b',
      temperature: 0.5,
      run: false,
    })
    const { body } = await browser.open(`${page}?notice=saved`)
    expect(body).toContain('Saved.')
    expect(body).toMatch(/<option value="llama-70b" selected>/)

    const reset = await browser.submit(page, `${page}/reset`, { setting: 'model' })
    expect(reset.location).toBe(`${page}?notice=reset`)
    expect((await get(`workspaces/${fresh}`)).own).toEqual({ temperature: 0.5, run: false })
  })

  it('do not write over what somebody else changed meanwhile', async () => {
    const browser = openBrowser(web)
    await browser.logIn(OWNER)
    const fresh = await web.addWorkspace('Shared')
    const page = `/admin/workspaces/${fresh}`
    const before = await browser.open(page)
    await patch(`workspaces/${fresh}`, { temperature: 1.5 })
    const seen = /name="_seen" value="([^"]*)"/.exec(before.body)?.[1] ?? ''
    await browser.submit(page, page, { _seen: seen, temperature: '', voice: 'off' })
    expect((await get(`workspaces/${fresh}`)).own).toEqual({ temperature: 1.5, voice: 'off' })
  })

  it('show what was wrong beside the input, with what was typed', async () => {
    const browser = openBrowser(web)
    await browser.logIn(OWNER)
    const { status, body } = await browser.submit('/admin/settings', '/admin/settings', {
      temperature: 'warm',
      maxOutputTokens: '0',
    })
    expect(status).toBe(422)
    expect(body).toContain('id="temperature-error">This must be a number.')
    expect(body).toContain('id="maxOutputTokens-error">At least 1.')
    expect(body).toContain('value="warm"')
  })
})
