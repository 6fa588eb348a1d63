import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser } from './browser.ts'
import { fillWithTeam } from './sample-team.ts'
import { bearer, OWNER, startTestWeb, type TestWeb } from './web.ts'

let web: TestWeb
let workspaceId: string

beforeAll(async () => {
  web = await startTestWeb()
  workspaceId = (await fillWithTeam(web.db.db)).workspaceId
  await web.models.add({ name: 'gpu-1', purpose: 'chat', baseUrl: 'http://gpu-1:8000/v1' })
  await web.models.refresh(AbortSignal.timeout(5000))
})
afterAll(() => web.close())

describe('a rehearsal', () => {
  it('is started on a page, seen side by side, then tried on a share or switched to', async () => {
    const browser = openBrowser(web)
    await browser.logIn(OWNER)
    const page = `/admin/workspaces/${workspaceId}/rehearsals`
    const started = await browser.submit(page, page, { model: 'qwen-32b', turns: '3' })
    const rehearsal = started.location ?? ''
    const before = await browser.open(rehearsal)
    expect(before.body).toMatch(/0 of \d answered/)
    const work = web.parts.rehearsals as ReturnType<
      typeof import('../../src/db/rehearsal-store.ts').createRehearsalStore
    >
    for (let task = await work.next(60_000); task; task = await work.next(60_000)) {
      expect(task.settings.model).toBe('qwen-32b')
      const used = { promptTokens: 500, completionTokens: 90, firstTokenMs: 80, durationMs: 900 }
      await work.answered(task, { text: 'Rehearsed **well**.', model: 'qwen-32b', ...used }, 'gpu-1')
    }
    const { body } = await browser.open(rehearsal)
    expect(body).toContain('<strong>well</strong>')
    expect(body).toContain('80 ms to the first word, 900 ms in all, 590 tokens')
    const action = `${rehearsal}/switch`
    await browser.submit(rehearsal, action, { percent: '25' })
    const headers = bearer(await web.owner())
    const settings = async () => {
      const answer = await web.app.inject({ url: `/api/v1/workspaces/${workspaceId}/settings`, headers })
      return answer.json<{ own: Record<string, unknown> }>().own
    }
    expect(await settings()).toMatchObject({ trial: { model: 'qwen-32b', percent: 25 } })
    expect((await browser.open(page)).body).toContain('On trial: qwen-32b for 25 % of conversations.')
    const id = rehearsal.split('/').at(-1)
    await web.app.inject({ method: 'POST', url: `/api/v1/rehearsals/${id}/switch`, headers, payload: {} })
    expect(await settings()).toMatchObject({ model: 'qwen-32b' })
    expect(await settings()).not.toHaveProperty('trial')
  })
})
