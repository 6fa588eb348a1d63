import { z } from 'zod'
import { asHubError } from '../../src/model/errors.ts'
import type { ReceiverContext } from '../../src/ports/receiver.ts'
import { snowflakeAt } from './snowflake.ts'

const id = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform(BigInt)
const stored = z.object({
  start: id,
  /** The least of all shards. */
  position: id,
  /** One each, in the order of their numbers. */
  shards: z.array(id).default([]),
  directs: z.array(z.string()),
})

const WRITE_EVERY_MS = 1_000
/** Messages of different channels do not reach the gateway in the order of their ids. */
const MARGIN = 5_000n << 22n
/** Discord does not list direct message channels to bots, so they are remembered. */
const MAX_DIRECTS = 100

export interface Hold {
  /** Everything before this id is stored: a catch-up that is cut short goes on from here. */
  move(id: bigint): void
  release(): void
}

/** How far everything that was said is stored, kept in the connection's cursor. */
export interface Position {
  /**
   * Says how many shards there are. Each has a position of its own: what one receives says nothing about
   * another that is between two connections.
   */
  divide(shardCount: number): void
  /** Messages of this shard with a smaller id need not be looked at again. */
  safe(shardId: number): bigint
  readonly directs: readonly string[]
  /** Holds the shard's position before this id until it is released. */
  hold(shardId: number, id: bigint): Hold
  /** Resolves once a channel that was not known is kept, or could not be. */
  noteDirect(channelId: string): Promise<void>
  forgetDirect(channelId: string): void
  /** Writes a last time, within a second. */
  close(): Promise<void>
}

interface Shard {
  seen: bigint
  readonly holds: Map<symbol, bigint>
}

const newShard = (seen: bigint): Shard => ({ seen, holds: new Map() })

const lowest = (ids: readonly bigint[]): bigint =>
  // biome-ignore lint/complexity/useMathMinMax: Math.min takes no bigint
  ids.reduce((least, one) => (one < least ? one : least), ids[0] ?? 0n)

/** A connection that never ran before begins now: what was said earlier is not for it. */
export async function openPosition({ cursor, log }: ReceiverContext): Promise<Position> {
  const known = stored.safeParse(await cursor.read())
  const directs = new Set<string>(known.success ? known.data.directs : [])
  const start = known.success ? known.data.start : snowflakeAt(Date.now())
  const least = known.success ? known.data.position + MARGIN : start
  let shards: Shard[] = known.success ? known.data.shards.map((at) => newShard(at + MARGIN)) : []
  let written = ''
  let failing = false
  let writing: Promise<void> | undefined

  const shard = (shardId: number): Shard => {
    shards[shardId] ??= newShard(least)
    return shards[shardId]
  }
  const safe = ({ seen, holds }: Shard): bigint => {
    const before = lowest([seen, ...holds.values()]) - MARGIN
    return before > start ? before : start
  }

  const write = async (): Promise<void> => {
    const positions = shards.map(safe)
    const value = {
      start: start.toString(),
      position: (positions.length > 0 ? lowest(positions) : least - MARGIN).toString(),
      shards: positions.map(String),
      directs: [...directs],
    }
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
    divide(shardCount) {
      if (shards.length === shardCount) return
      const from = shards.length > 0 ? lowest(shards.map(safe)) + MARGIN : least
      shards = Array.from({ length: shardCount }, () => newShard(from))
    },
    safe: (shardId) => safe(shard(shardId)),
    get directs() {
      return [...directs]
    },
    hold(shardId, heldId) {
      const one = shard(shardId)
      const token = Symbol()
      one.holds.set(token, heldId)
      let at = heldId
      return {
        move(id) {
          at = id
          one.holds.set(token, id)
        },
        release() {
          one.holds.delete(token)
          if (at > one.seen) one.seen = at
        },
      }
    },
    async noteDirect(channelId) {
      const isNew = !directs.delete(channelId)
      directs.add(channelId)
      const [oldest] = directs
      if (directs.size > MAX_DIRECTS && oldest !== undefined) directs.delete(oldest)
      if (!isNew) return
      await writing
      await write()
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
