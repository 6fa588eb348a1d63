import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { type ModelEmulator, startModelEmulator } from '../../src/simulator/models/index.ts'
import { type Chat, shown } from '../support/chats/chat.ts'
import { startTelegramChat } from '../support/chats/telegram.ts'
import { startTestHub, type TestHub } from '../support/hub.ts'

const read = (path: string) => readFileSync(new URL(`../../config/${path}`, import.meta.url), 'utf8')

const dashboard = z
  .object({
    uid: z.string(),
    panels: z.array(
      z.looseObject({
        id: z.number(),
        title: z.string(),
        type: z.enum(['row', 'stat', 'timeseries']),
        gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
        targets: z.array(z.looseObject({ refId: z.string(), expr: z.string() })).default([]),
      }),
    ),
  })
  .parse(JSON.parse(read('grafana/brainall.json')))

const rules = z
  .object({
    groups: z.array(
      z.object({
        name: z.string(),
        rules: z.array(
          z.strictObject({
            alert: z.string(),
            expr: z.string(),
            for: z
              .string()
              .regex(/^\d+[smh]$/)
              .optional(),
            labels: z.object({ severity: z.enum(['warning', 'critical']) }),
            annotations: z.object({ summary: z.string(), description: z.string() }),
          }),
        ),
      }),
    ),
  })
  .parse(parse(read('prometheus/alerts.yml')))
  .groups.flatMap((group) => group.rules)

const prometheus = z
  .looseObject({
    rule_files: z.array(z.string()),
    scrape_configs: z.array(z.looseObject({ job_name: z.string() })),
  })
  .parse(parse(read('prometheus/prometheus.yml')))

const queries = [
  ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ where: title, expr }))),
  ...rules.map(({ alert, expr }) => ({ where: alert, expr })),
]

const QUESTION = 'what is the airspeed of an unladen swallow'

let chat: Chat
let model: ModelEmulator
let hub: TestHub
let text: string

/** What a hub prints after answers, a run, a rate limit and a refusal. */
beforeAll(async () => {
  chat = await startTelegramChat()
  model = await startModelEmulator()
  hub = await startTestHub({ ...chat.environment, LLM_BASE_URL: model.baseUrl })
  const talk = chat.direct()
  model.script({ text: 'An answer.' })
  talk.say(QUESTION)
  await shown(chat, talk, 'An answer.')
  talk.say('/run 6*7')
  await shown(chat, talk, '42', 2)
  chat.faults.add({
    match: /sendMessage/,
    effect: {
      kind: 'answer',
      status: 429,
      body: {
        ok: false,
        error_code: 429,
        description: 'Too Many Requests: retry after 1',
        parameters: { retry_after: 1 },
      },
    },
    times: 1,
  })
  talk.say('/help')
  await shown(chat, talk, '/stop', 3)
  model.script({ trouble: { kind: 'answer', status: 401, body: { error: { message: 'no' } } } })
  talk.say('and who are you')
  await shown(chat, talk, /refuse|not accept|admin|key/i, 4)
  text = await vi.waitFor(async () => {
    const printed = await scrape()
    expect(printed).toMatch(/^brainall_dead_letters 1$/m)
    return printed
  }, 10_000)
}, 60_000)
afterAll(async () => {
  await hub?.close()
  await chat?.close()
  await model?.close()
})

async function scrape(): Promise<string> {
  return await (await fetch(`${hub.url}/metrics`)).text()
}

function value(series: string): number {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `))
  return line === undefined ? Number.NaN : Number(line.slice(series.length))
}

it('counts one journey right', () => {
  expect(value('brainall_inbound_total{platform="telegram",kind="message",outcome="queued"}')).toBe(3)
  expect(value('brainall_turns_ended_total{step="reply",end="done"}')).toBe(1)
  expect(value('brainall_turns_ended_total{step="run",end="done"}')).toBe(1)
  expect(value('brainall_turns_ended_total{step="reply",end="failed"}')).toBe(1)
  expect(value('brainall_turn_failures_total{reason="model_unauthorized"}')).toBe(1)
  expect(value('brainall_first_visible_seconds_count')).toBe(3)
  expect(value('brainall_turn_wait_seconds_count{step="reply"}')).toBe(2)
  expect(value('brainall_turn_seconds_count{end="done"}')).toBe(2)
  expect(value('brainall_code_runs_total{language="javascript",reason="ok"}')).toBe(1)
  expect(value('brainall_model_calls_total{server="llm",call="reply",outcome="ok"}')).toBe(1)
  expect(value('brainall_model_calls_total{server="llm",call="reply",outcome="model_unauthorized"}')).toBe(1)
  expect(value('brainall_model_first_token_seconds_count{server="llm"}')).toBe(1)
  expect(value('brainall_model_tokens_total{server="llm",direction="completion"}')).toBeGreaterThan(0)
  const limited = 'platform="telegram",call="post",outcome="platform_rate_limited"'
  expect(value(`brainall_platform_calls_total{${limited}}`)).toBe(1)
  expect(value('brainall_rate_limit_wait_seconds_total{platform="telegram"}')).toBe(1)
})

it('shows how the hub stands', () => {
  expect(value('brainall_ready')).toBe(1)
  expect(value('brainall_connections{platform="telegram",state="connected"}')).toBe(1)
  expect(value('brainall_connections{platform="slack",state="connected"}')).toBe(0)
  expect(value('brainall_model_servers{purpose="chat",state="up"}')).toBe(1)
  expect(value('brainall_turns{step="reply",state="ready"}')).toBe(0)
  expect(value('brainall_dead_letters')).toBe(1)
  expect(value('brainall_undelivered_answers')).toBe(0)
  expect(value('brainall_database_connections{state="total"}')).toBeGreaterThan(0)
  expect(value('brainall_database_bytes')).toBeGreaterThan(1e6)
  expect(value('brainall_queue_tickets{pool="reply",state="active"}')).toBe(0)
})

it('holds no chat text and no id', () => {
  expect(text).not.toContain(QUESTION)
  expect(text).not.toContain('6*7')
  expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/)
})

/** Without what a histogram's series have beside its name. */
const bare = (name: string): string => name.replace(/_(?:bucket|sum|count)$/, '')
const isPrinted = (name: string): boolean =>
  [name, bare(name)].some((one) => text.includes(`\n# TYPE ${one} `))

it('prints every metric that the dashboard and the alerts ask for', () => {
  const asked = queries.map(({ where, expr }) => ({
    where,
    names: expr.match(/\b(?:(?:brainall|nodejs|process)_\w+|up)\b/g) ?? [],
  }))
  expect(asked.filter(({ names }) => names.length === 0)).toEqual([])
  const unknown = asked.flatMap(({ where, names }) =>
    names.filter((name) => name !== 'up' && !isPrinted(name)).map((name) => `${where}: ${name}`),
  )
  expect(unknown).toEqual([])
})

/** Labels that Prometheus itself adds. */
const ADDED = ['job', 'instance', 'le']

it('gives them the labels by which they are asked for', () => {
  const faults: string[] = []
  let checked = 0
  const check = (where: string, name: string, labels: readonly string[]): void => {
    const [line] = text.split('\n').filter((one) => one.startsWith(`${name}{`))
    if (line === undefined) return
    for (const label of labels.filter((one) => !ADDED.includes(one))) {
      checked += 1
      if (!new RegExp(`[{,]${label}="`).test(line)) faults.push(`${where}: ${name} has no ${label}`)
    }
  }
  for (const { where, expr } of queries) {
    for (const [, name = '', selector = ''] of expr.matchAll(/\b(\w+_\w+)\{([^}]*)\}/g))
      check(where, name, selector.match(/\w+(?=(?:=~|!=|=)")/g) ?? [])
    for (const [, by = '', name = ''] of expr.matchAll(/by \(([^)]*)\) \((?:\w+\()?(brainall_\w+)/g))
      check(where, name, by.split(', '))
  }
  expect(faults).toEqual([])
  expect(checked).toBeGreaterThan(50)
})

it('loads the alert rules, for the job that they name', () => {
  expect(prometheus.rule_files).toEqual(['alerts.yml'])
  const jobs = prometheus.scrape_configs.map(({ job_name }) => job_name)
  for (const { expr } of rules)
    for (const [, job] of expr.matchAll(/job="([^"]*)"/g)) expect(jobs).toContain(job)
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
})

it('has panels that do not lie on each other', () => {
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
  const taken = new Set<string>()
  for (const { gridPos } of dashboard.panels) {
    expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24)
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(taken.has(`${x} ${y}`)).toBe(false)
        taken.add(`${x} ${y}`)
      }
    }
  }
})
