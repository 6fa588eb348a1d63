import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PersonId, WorkspaceId } from '../../src/model/ids.ts'
import { openBrowser } from './browser.ts'
import { sampleHub } from './sample-hub.ts'
import { bearer, OWNER, startTestWeb, type TestWeb } from './web.ts'

let web: TestWeb
let headers: { authorization: string }
let acme: WorkspaceId
let ana: PersonId
const at = (day: string) => new Date(`${day}T12:00:00Z`)
const today = new Date().toISOString().slice(0, 10)
const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)

beforeAll(async () => {
  web = await startTestWeb()
  const hub = sampleHub(web.db.db)
  const slack = await hub.connection('slack', 'Brain')
  acme = await hub.workspace(slack, 'Acme')
  const other = await hub.workspace(slack, '=HYPERLINK("http://evil.example")')
  ana = await hub.person(slack, 'Ana, "the first"')
  const ben = await hub.person(slack, 'Ben')
  const general = await hub.channel(slack, acme, 'general')
  const elsewhere = await hub.channel(slack, other, 'elsewhere')
  const reply = { kind: 'reply', promptTokens: 100, completionTokens: 10 } as const
  await hub.use(general, ana, { ...reply, model: 'llama-70b', at: at(yesterday) })
  await hub.use(general, ana, { ...reply, model: 'llama-70b', at: at(today) })
  await hub.use(general, ben, { ...reply, model: 'qwen-32b', at: at(today) })
  await hub.use(elsewhere, ben, { ...reply, model: 'qwen-32b', at: at(today) })
  await hub.use(elsewhere, ben, { kind: 'speech', audioMs: 90_000, at: at(today) })
  await hub.use(elsewhere, ben, { kind: 'run', at: at('2001-01-01') })
  headers = bearer(await web.owner())
})
afterAll(() => web.close())

const read = async (query: string) => {
  const answer = await web.app.inject({ url: `/api/v1/usage?${query}`, headers })
  return answer.json<{ rows: Record<string, unknown>[] }>().rows
}

describe('use', () => {
  it('is summed by day, by model, by person, by workspace, and by several at once', async () => {
    const to = `to=${today}`
    expect(await read(`${to}&by=day`)).toMatchObject([
      { day: yesterday, model: null, answers: 1, promptTokens: 100, completionTokens: 10 },
      { day: today, answers: 3, audioMs: 90_000, transcriptions: 1, runs: 0 },
    ])
    expect(await read(`${to}&by=person`)).toMatchObject([
      { person: { id: expect.any(String) }, answers: 2 },
      { person: { id: expect.any(String) }, answers: 2 },
    ])
    expect(await read(`${to}&by=workspace`)).toMatchObject([
      { workspace: { name: 'Acme' }, answers: 3 },
      { answers: 1 },
    ])
    const both = await read(`${to}&by=day,model&workspace=${acme}`)
    expect(both.map(({ day, model, answers }) => [day, model, answers])).toEqual([
      [yesterday, 'llama-70b', 1],
      [today, 'llama-70b', 1],
      [today, 'qwen-32b', 1],
    ])
  })

  it('is bounded by the days asked for', async () => {
    expect(await read(`from=${yesterday}&to=${yesterday}`)).toMatchObject([{ day: yesterday }])
    expect(await read('from=2001-01-01&to=2001-01-01')).toMatchObject([{ runs: 1, answers: 0 }])
    const wrong = await web.app.inject({ url: '/api/v1/usage?by=moon', headers })
    expect(wrong.statusCode).toBe(422)
  })

  it('comes as CSV that spreadsheets read and do not compute', async () => {
    const answer = await web.app.inject({ url: '/api/v1/usage.csv', headers })
    expect(answer.headers['content-type']).toContain('text/csv')
    const lines = answer.body.replace('\uFEFF', '').split('\r\n')
    expect(lines[0]).toBe(
      'day,workspace,person,model,answers,prompt_tokens,completion_tokens,transcriptions,audio_seconds,runs,busy_seconds,calls,cost',
    )
    expect(lines).toContain(`${today},Acme,"Ana, ""the first""",llama-70b,1,100,10,0,0,0,2,1,0`)
    expect(answer.body).toContain(`"'=HYPERLINK(""http://evil.example"")"`)
    const browser = openBrowser(web)
    await browser.logIn(OWNER)
    const page = await browser.open(`/admin/usage.csv?workspace=${acme}`)
    expect(page.headers['content-disposition']).toContain('brainall-usage.csv')
    expect(page.body).not.toContain('evil.example')
  })

  it('is a chart with its numbers in words, and a table beside it', async () => {
    const browser = openBrowser(web)
    await browser.logIn(OWNER)
    const { body } = await browser.open('/admin/usage?days=7')
    expect(body).toContain('Bar chart: Answers per day, 4 in all.')
    expect(body.match(/<g><title>/g)).toHaveLength(7)
    expect(body).toMatch(/<title>[^<]*: 3\nllama-70b: 1\nqwen-32b: 2</)
    expect(body).toMatch(/<th scope="col" dir="auto">llama-70b<\/th>/)
    const voice = await browser.open('/admin/usage?days=7&measure=voice')
    expect(voice.body).toContain('1 min 30 s')
    const none = await browser.open('/admin/usage?workspace=01920000-0000-7000-8000-000000000000')
    expect(none.body).toContain('Nothing was used in these days')
  })
})
