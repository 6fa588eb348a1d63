import { expect, it, vi } from 'vitest'
import { createMetrics, startMetricsServer } from '../../src/metrics/index.ts'
import { POOLS } from '../../src/ports/ticket-queue.ts'

const counts = Object.fromEntries(POOLS.map((pool) => [pool, { waiting: 3, active: 0, delayed: 0 }]))
const queueOf = (read: () => Promise<unknown>) => ({
  counts: async () => {
    await read()
    return { reply: NONE, run: NONE, transcribe: NONE, read: NONE, deliver: NONE, ...counts }
  },
})
const NONE = { waiting: 0, active: 0, delayed: 0 }

const open = () => createMetrics({ platforms: ['here', 'there'] })

it('counts names that nobody knows beforehand together', async () => {
  const { observer, text } = open()
  for (const name of ['a', 'b', 'c']) {
    observer.inbound(`platform-${name}`, `kind-${name}`, `outcome-${name}`, 1)
    observer.platformCall('here', `call-${name}`, `code_${name}`, 1, undefined)
    observer.run(`language-${name}`, `reason-${name}`, 1)
    observer.turnEnded('reply', 'failed', `code_${name}`, undefined)
  }
  const shown = await text()
  expect(shown).toContain('brainall_inbound_total{platform="other",kind="other",outcome="other"} 3')
  expect(shown).toContain('brainall_platform_calls_total{platform="here",call="other",outcome="other"} 3')
  expect(shown).toContain('brainall_code_runs_total{language="other",reason="other"} 3')
  expect(shown).toContain('brainall_turn_failures_total{reason="other"} 3')
})

it('tells the first twenty servers apart, and counts the others together', async () => {
  const { observer, text } = open()
  for (let n = 0; n < 200; n++) observer.modelCall(`gpu-${n}`, 'reply', 'ok', 1)
  observer.modelCall('gpu-7', 'reply', 'ok', 1)
  const lines = (await text()).split('\n').filter((line) => line.startsWith('brainall_model_calls_total{'))
  expect(lines).toHaveLength(21)
  expect(lines).toContain('brainall_model_calls_total{server="gpu-7",call="reply",outcome="ok"} 2')
  expect(lines).toContain('brainall_model_calls_total{server="other",call="reply",outcome="ok"} 180')
})

it('reads the sources once, however many ask at once', async () => {
  const { watch, text } = open()
  const read = vi.fn(async () => undefined)
  watch({ queue: queueOf(read) })
  const all = await Promise.all(Array.from({ length: 50 }, text))
  expect(await text()).toContain('brainall_queue_tickets{pool="reply",state="waiting"} 3')
  expect(all.every((one) => one.includes('brainall_queue_tickets{pool="run",state="waiting"} 3'))).toBe(true)
  expect(read).toHaveBeenCalledTimes(1)
})

it('shows no old values of a source that is down, and says that it cannot be read', async () => {
  const { watch, text } = open()
  watch({ queue: queueOf(async () => undefined), ready: async () => true })
  expect(await text()).toContain('brainall_queue_tickets{pool="reply",state="waiting"} 3')
  watch({ queue: queueOf(() => Promise.reject(new Error('down'))) })
  const shown = await text()
  expect(shown).not.toMatch(/^brainall_queue_tickets\{/m)
  expect(shown).toContain('# TYPE brainall_queue_tickets gauge')
  expect(shown).toContain('brainall_metric_read_failures_total{source="queue"} 1')
  expect(shown).toMatch(/^brainall_ready 1$/m)
})

it('tells a hub without a backup from one that is not asked for it', async () => {
  const { watch, text } = open()
  expect(await text()).not.toMatch(/^brainall_last_backup_timestamp_seconds/m)
  watch({ lastBackupAt: async () => undefined })
  expect(await text()).toMatch(/^brainall_last_backup_timestamp_seconds 0$/m)
  watch({ lastBackupAt: async () => new Date(86_400_000) })
  expect(await text()).toMatch(/^brainall_last_backup_timestamp_seconds 86400$/m)
})

it('is read over HTTP where no web is served', async () => {
  const { text, observer } = open()
  observer.webhook('there', 401)
  const server = await startMetricsServer({ host: '127.0.0.1', port: 0, text })
  try {
    const at = `http://127.0.0.1:${server.port}`
    const metrics = await fetch(`${at}/metrics`)
    expect(metrics.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    const shown = await metrics.text()
    expect(shown).toContain('brainall_webhook_requests_total{platform="there",status="4xx"} 1')
    expect(shown).toContain('nodejs_eventloop_lag_p99_seconds')
    expect((await fetch(`${at}/healthz`)).status).toBe(200)
    expect((await fetch(`${at}/admin`)).status).toBe(404)
  } finally {
    await server.close()
  }
})
