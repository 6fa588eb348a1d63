import { beforeEach, expect, test } from 'vitest'
import { createCallBudget } from '../../src/core/call-budget.ts'
import { createLocalLedger } from '../../src/core/local-ledger.ts'
import { HubError } from '../../src/model/errors.ts'
import type { Bucket, CallBudget } from '../../src/ports/call-budget.ts'

const never = new AbortController().signal
const chat: Bucket = { name: 'chat', pace: { burst: 3, perSecond: 1 } }
const learning: Bucket = { name: 'account' }
let clock: number
let budget: CallBudget

beforeEach(() => {
  clock = 1_000
  budget = createCallBudget({ now: () => clock })
})

const take = (bucket: Bucket, urgency: 'final' | 'passing' = 'passing', of = 'answer') =>
  budget.call([bucket, { name: 'bot' }], { urgency, of }, never, () => Promise.resolve('done'))
const refuse = (bucket: Bucket, ms: number, by: CallBudget = budget) =>
  by.call([bucket], { urgency: 'final', of: 'refused' }, never, () => {
    const retry = { kind: 'after', ms } as const
    return Promise.reject(new HubError('platform_rate_limited', 'no', { retry }))
  })
const after = (ms: number) => ({ code: 'platform_rate_limited', retry: { kind: 'after', ms } })

test('nothing waits as long as the platform refused nothing', async () => {
  for (let n = 0; n < 100; n++) expect(await take(chat)).toBe('done')
})

test('a refusal is kept to the millisecond, and slows only its own bucket', async () => {
  await expect(refuse(chat, 60_000)).rejects.toMatchObject(after(60_000))
  clock += 59_999
  await expect(take(chat, 'final')).rejects.toMatchObject(after(1))
  expect(await take({ name: 'other' })).toBe('done')
  clock += 1
  expect(await take(chat, 'final')).toBe('done')
})

test('an hour is not waited for in the call', async () => {
  await expect(refuse(chat, 3_600_000)).rejects.toMatchObject(after(3_600_000))
  await expect(take(chat, 'final')).rejects.toMatchObject(after(3_600_000))
})

test('after a refusal the known pace is kept, and the last of its room is for what is final', async () => {
  await expect(refuse(chat, 0)).rejects.toMatchObject(after(0))
  clock += 10_000
  expect(await take(chat)).toBe('done')
  expect(await take(chat)).toBe('done')
  await expect(take(chat)).rejects.toMatchObject(after(1_000))
  expect(await take(chat, 'final')).toBe('done')
})

test('what is final is paid for by what only shows progress', async () => {
  await expect(refuse(chat, 0)).rejects.toMatchObject(after(0))
  clock += 10_000
  for (let n = 0; n < 3; n++) expect(await take(chat, 'final')).toBe('done')
  await expect(take(chat)).rejects.toMatchObject(after(2_000))
})

test('answers that share a full bucket get their turns one after another, whoever asks more often', async () => {
  await expect(refuse(chat, 0)).rejects.toMatchObject(after(0))
  const shown: Record<string, number> = { eager: 0, calm: 0, slow: 0 }
  const dueAt: Record<string, number> = {}
  for (let tick = 0; tick < 600; tick++) {
    clock += 100
    // The eager one tries ten times where the others wait as long as they were told.
    for (const of of ['eager', ...(tick % 2 === 0 ? ['calm', 'slow'] : ['slow', 'calm'])]) {
      if (of !== 'eager' && (dueAt[of] ?? 0) > clock) continue
      const outcome = await take(chat, 'passing', of).catch((error: HubError) => error)
      if (outcome === 'done') shown[of] = (shown[of] ?? 0) + 1
      else if (outcome instanceof HubError && outcome.retry.kind === 'after')
        dueAt[of] = clock + outcome.retry.ms
    }
  }
  const counts = Object.values(shown)
  expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(50)
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(3)
})

test('a pace that nobody knows is learned', async () => {
  await expect(refuse(learning, 5_000)).rejects.toMatchObject(after(5_000))
  clock += 5_000
  expect(await take(learning)).toBe('done')
  await expect(take(learning)).rejects.toMatchObject(after(5_000))
  clock += 120_000
  for (let n = 0; n < 5; n++) expect(await take(learning)).toBe('done')
})

test('processes that share a ledger share the pace, and hear of what others were refused', async () => {
  const ledger = createLocalLedger(() => clock)
  const told: unknown[] = []
  const here = createCallBudget({
    now: () => clock,
    ledger,
    scope: 's',
    tell: (refusal) => told.push(refusal),
  })
  const there = createCallBudget({ now: () => clock, ledger, scope: 's' })
  const call = (by: CallBudget, of: string) =>
    by.call([chat], { urgency: 'passing', of }, never, () => Promise.resolve('done'))
  await expect(refuse(chat, 4_000, here)).rejects.toMatchObject(after(4_000))
  expect(told).toEqual([{ bucket: 'chat', askedMs: 4_000 }])
  there.heard({ bucket: 'chat', askedMs: 4_000, agoMs: 1_000 })
  await expect(call(there, 'b')).rejects.toMatchObject(after(3_000))
  clock += 10_000
  expect(await call(here, 'a')).toBe('done')
  expect(await call(there, 'b')).toBe('done')
  await expect(call(there, 'b')).rejects.toMatchObject(after(1_000))
  await expect(call(here, 'a')).rejects.toMatchObject(after(2_000))
})

test('what is final stands in line for a while', async () => {
  const real = createCallBudget()
  const quick: Bucket = { name: 'quick', pace: { burst: 1, perSecond: 50 } }
  const call = () =>
    real.call([quick], { urgency: 'final', of: 'x' }, never, () => Promise.resolve(performance.now()))
  const no = new HubError('platform_rate_limited', 'no', { retry: { kind: 'after', ms: 0 } })
  await real
    .call([quick], { urgency: 'final', of: 'x' }, never, () => Promise.reject(no))
    .catch(() => undefined)
  const times = await Promise.all([call(), call(), call(), call()])
  expect((times[3] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(50)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
})
