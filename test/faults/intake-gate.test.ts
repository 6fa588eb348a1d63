import { describe, expect, it } from 'vitest'
import { createIntakeGate } from '../../src/core/intake-gate.ts'

describe('the gate before the database', () => {
  it('lets few in at once, in the order of asking', async () => {
    const gate = createIntakeGate()
    const order: number[] = []
    let inside = 0
    let most = 0
    await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        gate.pass(`event ${n}`, async () => {
          inside += 1
          most = Math.max(most, inside)
          order.push(n)
          await new Promise((resolve) => setImmediate(resolve))
          inside -= 1
        }),
      ),
    )
    expect(most).toBe(8)
    expect(order).toEqual(Array.from({ length: 50 }, (_, n) => n))
  })

  it('takes the same event once while it is under way, and again after it failed', async () => {
    const gate = createIntakeGate()
    const first = Promise.withResolvers<string>()
    let calls = 0
    const take = () =>
      gate.pass('event', () => {
        calls += 1
        return first.promise
      })
    const [one, two] = [take(), take()]
    first.reject(new Error('the database is away'))
    await expect(one).rejects.toThrow('away')
    await expect(two).rejects.toThrow('away')
    expect(calls).toBe(1)
    expect(await gate.pass('event', async () => 'taken')).toBe('taken')
  })

  it('refuses for now what would wait without end', async () => {
    const gate = createIntakeGate()
    const open = Promise.withResolvers<void>()
    const waiting = Array.from({ length: 2_008 }, (_, n) => gate.pass(`event ${n}`, () => open.promise))
    await expect(gate.pass('one more', () => open.promise)).rejects.toMatchObject({
      code: 'intake_full',
      retry: { kind: 'later' },
    })
    open.resolve()
    await Promise.all(waiting)
  })
})
