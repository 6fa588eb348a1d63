import { describe, expect, it } from 'vitest'
import { createWaitingLine } from '../../../workers/run-code/waiting-line.ts'

const ROOM = { inAll: 2, perWorkspace: 2, perPerson: 1, maxWaiting: 8 }

function stage(room = ROOM) {
  const line = createWaitingLine(room)
  const entered: string[] = []
  const leaves = new Map<string, () => void>()
  const places = new Map<string, number>()
  const come = async (name: string, signal = new AbortController().signal): Promise<void> => {
    const [workspace = '', person = ''] = name.split('.')
    const leave = await line.enter(signal, { workspace, person }, (ahead) => places.set(name, ahead))
    entered.push(name)
    leaves.set(name, leave)
  }
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  const leave = async (name: string) => {
    leaves.get(name)?.()
    await settle()
  }
  return { line, entered, places, come, leave, settle }
}

describe('the line for programs', () => {
  it('lets nobody take every place, and lets others pass who waits for oneself', async () => {
    const { entered, come, leave, settle } = stage()
    void come('a.ana.1')
    void come('a.ana.2')
    void come('a.bob')
    await settle()
    expect(entered).toEqual(['a.ana.1', 'a.bob'])
    await leave('a.bob')
    expect(entered).toEqual(['a.ana.1', 'a.bob'])
    await leave('a.ana.1')
    expect(entered).toEqual(['a.ana.1', 'a.bob', 'a.ana.2'])
  })

  it('goes by turns of workspaces, and tells who waits how many go before', async () => {
    const { entered, places, come, leave, settle } = stage({ ...ROOM, perPerson: 2 })
    for (const name of ['a.ana.1', 'a.ana.2', 'a.ana.3', 'a.ana.4', 'b.bea.1']) void come(name)
    await settle()
    expect(entered).toEqual(['a.ana.1', 'a.ana.2'])
    expect(Object.fromEntries(places)).toEqual({ 'b.bea.1': 0, 'a.ana.3': 1, 'a.ana.4': 2 })
    await leave('a.ana.1')
    expect(entered.at(-1)).toBe('b.bea.1')
    expect(places.get('a.ana.3')).toBe(0)
    await leave('a.ana.2')
    expect(entered.at(-1)).toBe('a.ana.3')
  })

  it('forgets who gives up, and refuses beyond its bound', async () => {
    const { line, entered, places, come, leave, settle } = stage({ ...ROOM, maxWaiting: 1 })
    void come('a.ana')
    void come('a.bob')
    const gone = new AbortController()
    const waiting = come('a.eve', gone.signal)
    await settle()
    await expect(come('a.kim')).rejects.toMatchObject({ code: 'run_unavailable' })
    gone.abort(new Error('gone'))
    await expect(waiting).rejects.toThrow('gone')
    void come('a.kim')
    await settle()
    expect(places.get('a.kim')).toBe(0)
    await leave('a.ana')
    expect(entered.at(-1)).toBe('a.kim')
    const last = come('a.last')
    line.close()
    await expect(last).rejects.toMatchObject({ code: 'run_unavailable' })
  })
})
