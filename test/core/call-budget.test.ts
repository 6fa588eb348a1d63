import { beforeEach, expect, test } from 'vitest'
import { type Bucket, type CallBudget, createCallBudget } from '../../src/core/call-budget.ts'
import { HubError } from '../../src/model/errors.ts'

const never = new AbortController().signal
const chat: Bucket = { name: 'chat', pace: { burst: 3, perSecond: 1 } }
const learning: Bucket = { name: 'account' }
let clock: number
let budget: CallBudget

beforeEach(() => {
  clock = 1_000
  budget = createCallBudget(() => clock)
})

const take = (bucket: Bucket, urgency: 'final' | 'passing' = 'passing') =>
  budget.call([bucket, { name: 'bot' }], urgency, never, () => Promise.resolve('done'))
const refuse = (bucket: Bucket, ms: number) =>
  budget.call([bucket], 'final', never, () => {
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

test('a pace that nobody knows is learned', async () => {
  await expect(refuse(learning, 5_000)).rejects.toMatchObject(after(5_000))
  clock += 5_000
  expect(await take(learning)).toBe('done')
  await expect(take(learning)).rejects.toMatchObject(after(5_000))
  clock += 120_000
  for (let n = 0; n < 5; n++) expect(await take(learning)).toBe('done')
})

test('what is final stands in line for a while', async () => {
  const real = createCallBudget()
  const quick: Bucket = { name: 'quick', pace: { burst: 1, perSecond: 50 } }
  const call = () => real.call([quick], 'final', never, () => Promise.resolve(performance.now()))
  const no = new HubError('platform_rate_limited', 'no', { retry: { kind: 'after', ms: 0 } })
  await real.call([quick], 'final', never, () => Promise.reject(no)).catch(() => undefined)
  const times = await Promise.all([call(), call(), call(), call()])
  expect((times[3] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(50)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
})
