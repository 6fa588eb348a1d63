import { describe, expect, it, vi } from 'vitest'
import { type QueueBackend, SOON, useBackend } from './backend-under-test.ts'

/** What every backend of the ticket queue does alike. */
export function describeTicketQueue(openBackend: () => Promise<QueueBackend>): void {
  const use = useBackend(openBackend)

  it('hands a wake to the handler of its pool only', async () => {
    const queue = await use.open()
    const [reply, run] = [vi.fn(async () => undefined), vi.fn(async () => undefined)]
    queue.work('reply', 2, reply)
    queue.work('run', 2, run)
    await queue.wake('reply')
    await vi.waitFor(() => expect(reply).toHaveBeenCalledTimes(1), SOON)
    await vi.waitFor(async () => expect((await queue.counts()).reply.active).toBe(0), SOON)
    expect(run).not.toHaveBeenCalled()
  })

  it('starts idle workers within a moment', async () => {
    const queue = await use.open()
    const gate = use.gate()
    queue.work('reply', 4, gate.handler)
    await queue.wake('reply')
    await vi.waitFor(() => expect(gate.running).toBe(1), SOON)
    for (const running of [2, 3, 4]) {
      const woken = performance.now()
      await queue.wake('reply')
      await vi.waitFor(() => expect(gate.running).toBe(running), { timeout: 3_000, interval: 2 })
      expect(performance.now() - woken).toBeLessThan(1_000)
    }
  })

  it('runs no more handlers at once than its concurrency, and all of them', async () => {
    const queue = await use.open()
    const gate = use.gate()
    queue.work('run', 3, gate.handler)
    await Promise.all(Array.from({ length: 12 }, () => queue.wake('run')))
    await vi.waitFor(() => expect(gate.running).toBe(3), SOON)
    await vi.waitFor(
      async () => expect((await queue.counts()).run).toMatchObject({ waiting: 9, active: 3 }),
      SOON,
    )
    for (const started of [4, 5, 6, 7, 8, 9, 10, 11, 12]) {
      gate.releaseOne()
      await vi.waitFor(() => expect(gate.started).toBe(started), SOON)
    }
    expect(gate.most).toBe(3)
  })

  it('holds a delayed wake back until it is due', async () => {
    const queue = await use.open()
    const woken = performance.now()
    let ranAfterMs = 0
    queue.work('deliver', 1, async () => {
      ranAfterMs = performance.now() - woken
    })
    await queue.wake('deliver', { delayMs: 400 })
    expect((await queue.counts()).deliver).toEqual({ waiting: 0, active: 0, delayed: 1 })
    await vi.waitFor(() => expect(ranAfterMs).toBeGreaterThan(0), SOON)
    expect(ranAfterMs).toBeGreaterThan(380)
    expect(ranAfterMs).toBeLessThan(1_500)
  })

  it('shares tickets between processes', async () => {
    const [one, other] = await Promise.all([use.open(), use.open()])
    const [oneGate, otherGate] = [use.gate(), use.gate()]
    one.work('reply', 2, oneGate.handler)
    other.work('reply', 2, otherGate.handler)
    await Promise.all(Array.from({ length: 4 }, (_, i) => (i % 2 ? one : other).wake('reply')))
    await vi.waitFor(() => expect([oneGate.running, otherGate.running]).toEqual([2, 2]), SOON)
    expect((await other.counts()).reply).toEqual({ waiting: 0, active: 4, delayed: 0 })
  })

  it('keeps tickets that nobody works on for the first who does', async () => {
    const [producer, worker] = await Promise.all([use.open(), use.open()])
    await producer.wake('transcribe')
    await producer.close()
    const handler = vi.fn(async () => undefined)
    worker.work('transcribe', 1, handler)
    await vi.waitFor(() => expect(handler).toHaveBeenCalledTimes(1), SOON)
  })

  it('bounds what waits in a pool however often it is woken', async () => {
    const queue = await use.open({ maxWaiting: 40 })
    await Promise.all(Array.from({ length: 500 }, () => queue.wake('reply')))
    const { waiting } = (await queue.counts()).reply
    expect(waiting).toBeGreaterThanOrEqual(40)
    expect(waiting).toBeLessThan(80)
    const gate = use.gate()
    gate.releaseAll()
    queue.work('reply', 8, gate.handler)
    await vi.waitFor(async () => expect((await queue.counts()).reply.waiting).toBe(0), SOON)
    const before = gate.started
    await queue.wake('reply')
    await vi.waitFor(() => expect(gate.started).toBeGreaterThan(before), SOON)
  })

  it('refuses delayed wakes beyond their bound', async () => {
    const queue = await use.open({ maxDelayed: 10 })
    const wakes = Array.from({ length: 60 }, () => queue.wake('deliver', { delayMs: 60_000 }))
    const refused = (await Promise.allSettled(wakes)).filter(({ status }) => status === 'rejected')
    expect(refused.length).toBeGreaterThan(0)
    expect((await queue.counts()).deliver.delayed).toBe(60 - refused.length)
    await expect(queue.wake('deliver', { delayMs: 60_000 })).rejects.toThrow('delayed tickets already')
  })

  it('logs what a handler throws, does not repeat it, and goes on', async () => {
    const queue = await use.open()
    const handler = vi.fn(async () => undefined).mockRejectedValueOnce(new Error('broken on purpose'))
    queue.work('run', 1, handler)
    await queue.wake('run')
    await vi.waitFor(() => {
      const logged = use.log.lines.filter(
        ({ fields }) => 'err' in fields && String(fields.err).includes('broken'),
      )
      expect(logged.map(({ level }) => level)).toEqual(['error'])
    }, SOON)
    await vi.waitFor(async () => {
      expect((await queue.counts()).run).toEqual({ waiting: 0, active: 0, delayed: 0 })
    }, SOON)
    await queue.wake('run')
    await vi.waitFor(() => expect(handler).toHaveBeenCalledTimes(2), SOON)
  })

  it('waits for running handlers before it is closed, and takes no new ticket', async () => {
    const [queue, producer] = await Promise.all([use.open(), use.open()])
    const gate = use.gate()
    const workers = queue.work('reply', 1, gate.handler)
    await queue.wake('reply')
    await vi.waitFor(() => expect(gate.running).toBe(1), SOON)
    let closed = false
    const closing = workers.close().then(() => {
      closed = true
    })
    await producer.wake('reply')
    await producer.ping(1_000)
    expect(closed).toBe(false)
    gate.releaseAll()
    await closing
    expect(gate.started).toBe(1)
    expect((await producer.counts()).reply).toEqual({ waiting: 1, active: 0, delayed: 0 })
  })

  it('runs scheduled work once a tick over two processes', async () => {
    const queues = await Promise.all([use.open(), use.open()])
    const ticks: number[] = []
    for (const queue of queues) {
      await queue.every('sweep', 250, async () => {
        ticks.push(performance.now())
      })
    }
    await vi.waitFor(() => expect(ticks.length).toBeGreaterThanOrEqual(8), SOON)
    const [first = 0, ...later] = ticks
    const last = later.at(-1) ?? 0
    expect(ticks.length - 1).toBeLessThanOrEqual((last - first) / 250 + 1)
    await expect(queues[0]?.every('sweep', 250, async () => undefined)).rejects.toThrow('scheduled already')
  })

  it('answers a ping', async () => {
    const queue = await use.open()
    await expect(queue.ping(2_000)).resolves.toBeUndefined()
  })
}

export function describeManyDue(openBackend: () => Promise<QueueBackend>): void {
  describe('many delayed tickets due together', () => {
    const use = useBackend(openBackend)

    it('runs a thousand of them, once each and without an error', async () => {
      const queues = await Promise.all([use.open(), use.open(), use.open()])
      const [producer] = queues
      const due = Date.now() + 2_500
      let runs = 0
      for (const queue of queues) {
        queue.work('deliver', 10, async () => {
          runs += 1
        })
      }
      await Promise.all(
        Array.from({ length: 1_000 }, () => producer.wake('deliver', { delayMs: due - Date.now() })),
      )
      await vi.waitFor(() => expect(runs).toBeGreaterThanOrEqual(1_000), { timeout: 20_000, interval: 50 })
      await vi.waitFor(async () => {
        expect((await producer.counts()).deliver).toEqual({ waiting: 0, active: 0, delayed: 0 })
      }, SOON)
      expect(runs).toBe(1_000)
      expect(use.log.lines.filter(({ level }) => level !== 'debug')).toEqual([])
    }, 30_000)
  })
}
