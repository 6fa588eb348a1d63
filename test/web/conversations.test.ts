import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser } from './browser.ts'
import { sampleHub } from './sample-hub.ts'
import { fillWithTeam } from './sample-team.ts'
import { bearer, OWNER, startTestWeb, type TestWeb } from './web.ts'

let web: TestWeb
let team: Awaited<ReturnType<typeof fillWithTeam>>
let headers: { authorization: string }
let browser: ReturnType<typeof openBrowser>

interface Listed {
  readonly id: string
  readonly workspace: { readonly name: string }
  readonly latest: { readonly question: string | null; readonly state: string }
}

beforeAll(async () => {
  web = await startTestWeb()
  team = await fillWithTeam(web.db.db)
  headers = bearer(await web.owner())
  browser = openBrowser(web)
  await browser.logIn(OWNER)
})
afterAll(() => web.close())

const list = async (query: string) => {
  const answer = await web.app.inject({ url: `/api/v1/conversations?${query}`, headers })
  const next = /<([^>]+)>/.exec(String(answer.headers.link ?? ''))?.[1]
  return { items: answer.json<Listed[]>(), next }
}
const questions = async (query: string) => (await list(query)).items.map(({ latest }) => latest.question)

describe('the list of conversations', () => {
  it('has each once, the one that was last spoken in first', async () => {
    expect(await questions('')).toEqual([
      'In Portuguese, please.',
      'E quanto tempo demora a primeira palavra no Qwen?',
      '/run javascript while (true) {}',
    ])
    expect(await questions(`workspace=${team.guild}`)).toEqual(['/run javascript while (true) {}'])
  })

  it('is searched in questions, answers and what was heard, in any case', async () => {
    expect(await questions('search=SUPPORT+channel')).toEqual([
      '@brainall which of our models should answer the support channel?\nWe have Llama and Qwen.',
    ])
    expect(await questions('search=primeira+palavra')).toHaveLength(1)
    expect(await questions('search=m%C3%A1quina')).toHaveLength(1)
    expect(await questions('search=no+such+words')).toEqual([])
  })

  it('is narrowed to an outcome, to voice, to code, to a person, to a channel', async () => {
    expect(await questions('state=failed')).toEqual(['Summarize the minutes of Monday, please.'])
    expect(await questions('state=open')).toEqual(['In Portuguese, please.'])
    expect(await questions('holds=voice')).toEqual(['E quanto tempo demora a primeira palavra no Qwen?'])
    expect(await questions('holds=run')).toHaveLength(1)
    expect(await questions(`person=${team.ana}`)).toHaveLength(1)
    expect(await questions(`channel=${team.general.channelId}&state=failed`)).toEqual([])
  })

  it('comes a page at a time, none twice and none left out', async () => {
    for (const filter of ['', `workspace=${team.workspaceId}&`, 'search=e&']) {
      const all = (await list(`${filter}limit=100`)).items.map(({ id }) => id)
      const seen: string[] = []
      let next: string | undefined = `/api/v1/conversations?${filter}limit=1`
      while (next !== undefined && seen.length < 20) {
        const page: Awaited<ReturnType<typeof list>> = await list(next.split('?')[1] ?? '')
        seen.push(...page.items.map(({ id }) => id))
        next = page.next
      }
      expect(seen).toEqual(all)
      expect(all.length).toBeGreaterThan(1)
    }
  })

  it('is a page that says what it shows, and what to do where it is empty', async () => {
    const { body } = await browser.open(`/admin/conversations?workspace=${team.workspaceId}`)
    expect(body).toContain('E quanto tempo demora')
    expect(body).not.toContain('while (true)')
    const none = await browser.open('/admin/conversations?search=no+such+words')
    expect(none.body).toContain('No conversation fits')
  })
})

describe('a conversation', () => {
  it('is shown as people saw it: what was asked, what was heard, what was answered', async () => {
    const { body } = await browser.open(`/admin/conversations/${team.thread}`)
    expect(body).toContain('We have Llama and Qwen.')
    expect(body).toMatch(/<th scope="col">Model<\/th>/)
    expect(body).toContain('<strong>Qwen 32B</strong>')
    expect(body).toContain('rel="noopener noreferrer nofollow"')
    expect(body).toContain('E quanto tempo demora a primeira palavra no Qwen?')
    expect(body).toContain('was not sure that it heard this right')
    expect(body.indexOf('We have Llama')).toBeLessThan(body.indexOf('E quanto tempo'))
  })

  it('tells why, and where the time went', async () => {
    const { body } = await browser.open(`/admin/messages/${team.voice.messageId}`)
    expect(body).toContain('answered by the model qwen-32b on gpu-1')
    const stages = [...body.matchAll(/<span class="stage">([^<]*)/g)].map(([, words]) => words?.trim())
    expect(stages).toEqual([
      'Waited for a worker',
      'Listened',
      'Model read and thought',
      'Model wrote',
      'First word of the model',
      'First shown in the chat',
      'Done',
    ])
    expect(body).toContain('5.4 s')
    const answer = await web.app.inject({ url: `/api/v1/messages/${team.voice.messageId}`, headers })
    expect(answer.json()).toMatchObject({
      attachments: [{ kind: 'voice', doubtful: true }],
      turn: { state: 'done', error: null },
      answers: [{ model: 'qwen-32b', state: 'delivered' }],
      timeline: {
        totalMs: 5400,
        stages: [
          { name: 'waiting', fromMs: 0, toMs: 180 },
          { name: 'speech', fromMs: 300, toMs: 1400 },
          { name: 'thinking', fromMs: 1500, toMs: 1920, promptTokens: 812 },
          { name: 'writing', fromMs: 1920, toMs: 5100, completionTokens: 164 },
        ],
        moments: [
          { name: 'first_token', atMs: 1920 },
          { name: 'shown', atMs: 2150 },
          { name: 'done', atMs: 5400 },
        ],
      },
    })
  })

  it('goes back page by page, as long as it is', async () => {
    const hub = sampleHub(web.db.db)
    const conversationId = await hub.conversation(team.general)
    for (let index = 1; index <= 5; index += 1) {
      const sample = { conversationId, place: team.general, personId: team.ana, agoMs: (60 - index) * 1000 }
      await hub.exchange({ ...sample, question: `question ${index}`, answer: 'yes' })
    }
    const page = async (query: string) => {
      const url = `/api/v1/conversations/${conversationId}?${query}`
      const answer = await web.app.inject({ url, headers })
      return answer.json<{ exchanges: { messageId: string; text: string }[] }>().exchanges
    }
    const latest = await page('limit=3')
    expect(latest.map(({ text }) => text)).toEqual(['question 3', 'question 4', 'question 5'])
    const earlier = await page(`limit=3&before=${latest[0]?.messageId}`)
    expect(earlier.map(({ text }) => text)).toEqual(['question 1', 'question 2'])
  })

  it('of which nothing is known is not found', async () => {
    const nobody = '01920000-0000-7000-8000-000000000000'
    for (const url of ['conversations', 'messages', 'runs']) {
      expect((await web.app.inject({ url: `/api/v1/${url}/${nobody}`, headers })).statusCode).toBe(404)
      expect((await browser.open(`/admin/${url}/${nobody}`)).status).toBe(404)
    }
  })
})

describe('runs', () => {
  it('are listed with how they ended, and shown with source and output', async () => {
    const { body } = await browser.open('/admin/runs')
    expect(body).toMatch(/JavaScript.*Computed too long.*5.1 s/s)
    const late = await web.app.inject({ url: '/api/v1/runs?reason=cpu-timeout', headers })
    expect(late.json()).toMatchObject([{ language: 'javascript', reason: 'cpu-timeout', wallMs: 5100 }])
    const one = await browser.open(`/admin/runs/${team.ran.runId}`)
    expect(one.body).toContain('for name, mean in cities.items():')
    expect(one.body).toContain('Lisbon   18.4')
    const answer = await web.app.inject({ url: `/api/v1/runs/${team.ran.runId}`, headers })
    expect(answer.json()).toMatchObject({ person: { name: 'chi' }, result: { value: '56.2' } })
  })
})
