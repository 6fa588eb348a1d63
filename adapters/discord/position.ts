import { z } from 'zod'
import { asHubError } from '../../src/model/errors.ts'
import type { ReceiverContext } from '../../src/ports/receiver.ts'
import { snowflakeAt } from './snowflake.ts'

const id = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform(BigInt)
const stored = z.object({ start: id, position: id, directs: z.array(z.string()) })

const WRITE_EVERY_MS = 1_000
/** Messages of different channels do not reach the gateway in the order of their ids. */
const MARGIN = 5_000n << 22n
/** Discord does not list direct message channels to bots, so they are remembered. */
const MAX_DIRECTS = 100

/** How far everything that was said is stored, kept in the connection's cursor. */
export interface Position {
  /** Messages with a smaller id need not be looked at again. */
  readonly safe: bigint
  readonly directs: readonly string[]
  /** Holds the position before this id until the returned function is called. */
  hold(id: bigint): () => void
  noteDirect(channelId: string): void
  forgetDirect(channelId: string): void
  /** Writes a last time, within a second. */
  close(): Promise<void>
}

/** A connection that never ran before begins now: what was said earlier is not for it. */
export async function openPosition({ cursor, log }: ReceiverContext): Promise<Position> {
  const known = stored.safeParse(await cursor.read())
  const directs = new Set<string>(known.success ? known.data.directs : [])
  const holds = new Map<symbol, bigint>()
  const start = known.success ? known.data.start : snowflakeAt(Date.now())
  let seen = known.success ? known.data.position + MARGIN : start
  let written = ''
  let failing = false
  let writing: Promise<void> | undefined

  const safe = (): bigint => {
    let least = seen
    for (const held of holds.values()) if (held < least) least = held
    return least - MARGIN > start ? least - MARGIN : start
  }

  const write = async (): Promise<void> => {
    const value = { start: start.toString(), position: safe().toString(), directs: [...directs] }
    const text = JSON.stringify(value)
    if (text === written) return
    try {
      await cursor.write(value)
      written = text
      failing = false
    } catch (error) {
      if (!failing) log.warn({ err: asHubError(error) }, 'the position in Discord could not be kept')
      failing = true
    }
  }

  const tick = (): void => {
    writing ??= write().finally(() => {
      writing = undefined
    })
  }
  const timer = setInterval(tick, WRITE_EVERY_MS)
  tick()

  return {
    get safe() {
      return safe()
    },
    get directs() {
      return [...directs]
    },
    hold(heldId) {
      const token = Symbol()
      holds.set(token, heldId)
      return () => {
        holds.delete(token)
        if (heldId > seen) seen = heldId
      }
    },
    noteDirect(channelId) {
      directs.delete(channelId)
      directs.add(channelId)
      const [oldest] = directs
      if (directs.size > MAX_DIRECTS && oldest !== undefined) directs.delete(oldest)
    },
    forgetDirect: (channelId) => void directs.delete(channelId),
    async close() {
      clearInterval(timer)
      const last = (async () => {
        await writing
        await write()
      })()
      let limit: NodeJS.Timeout | undefined
      await Promise.race([
        last,
        new Promise((resolve) => {
          limit = setTimeout(resolve, 1_000)
        }),
      ])
      clearTimeout(limit)
    },
  }
}
