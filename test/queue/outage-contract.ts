import { expect, it, vi } from 'vitest'
import { SOON, type StoppableBackend, useBackend } from './backend-under-test.ts'

/** What happens while a backend is away, and after. */
export function describeOutage(openBackend: () => Promise<StoppableBackend>): void {
  const use = useBackend(openBackend)

  it('refuses within a bound while the backend is down, and works on by itself afterwards', async () => {
    const [queue, other] = await Promise.all([use.open(), use.open()])
    const gate = use.gate()
    const handler = vi.fn(async () => undefined)
    const swept = vi.fn(async () => undefined)
    queue.work('reply', 2, gate.handler)
    queue.work('run', 2, handler)
    await queue.every('sweep', 200, swept)
    await Promise.all([other.wake('reply'), other.wake('run')])
    await vi.waitFor(() => expect(gate.running).toBe(1), SOON)
    await vi.waitFor(() => expect(handler).toHaveBeenCalledTimes(1), SOON)
    await vi.waitFor(() => expect(swept).toHaveBeenCalled(), SOON)

    await use.backend.stop()
    const stopped = performance.now()
    gate.releaseOne()
    for (let wakes = 0; wakes < 5; wakes += 1) await expect(other.wake('run')).rejects.toThrow()
    await expect(other.ping(500)).rejects.toThrow(
      /^The queue (cannot be reached|did not answer within 500 ms)/,
    )
    await expect(other.counts()).rejects.toThrow()
    expect(performance.now() - stopped).toBeLessThan(8_000)
    const loggedWhileDown = use.log.lines.length

    await use.backend.start()
    swept.mockClear()
    await vi.waitFor(
      async () => {
        await other.wake('run')
        expect(handler.mock.calls.length).toBeGreaterThanOrEqual(2)
        await other.wake('reply')
        expect(gate.started).toBeGreaterThanOrEqual(2)
      },
      { timeout: 8_000, interval: 50 },
    )
    await vi.waitFor(() => expect(swept.mock.calls.length).toBeGreaterThanOrEqual(2), { timeout: 9_000 })
    gate.releaseAll()
    await vi.waitFor(
      async () => {
        const { reply, run } = await other.counts()
        expect([reply.active, run.active], 'what finished meanwhile is no longer active').toEqual([0, 0])
      },
      { timeout: 8_000 },
    )
    expect(loggedWhileDown).toBeLessThan(200)
  }, 30_000)

  it('closes within a bound while the backend is down', async () => {
    const queue = await use.open()
    const gate = use.gate()
    queue.work('reply', 2, gate.handler)
    queue.work('run', 1, gate.handler)
    await queue.wake('reply')
    await vi.waitFor(() => expect(gate.running).toBe(1), SOON)
    await use.backend.stop()
    try {
      const closing = queue.close()
      gate.releaseAll()
      const started = performance.now()
      await closing
      expect(performance.now() - started).toBeLessThan(8_000)
    } finally {
      await use.backend.start()
    }
  }, 30_000)

  it('says plainly that it cannot be opened while the backend is down', async () => {
    await use.backend.stop()
    try {
      await expect(use.backend.open(use.log)).rejects.toThrow(/cannot be (reached|prepared)/)
    } finally {
      await use.backend.start()
    }
  }, 30_000)
}
