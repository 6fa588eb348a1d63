import type { Call } from './call.ts'
import { Refusal } from './refusal.ts'

/** One page of a list, by the call's `cursor` and `limit`. */
export function page<Item>(
  call: Call,
  all: readonly Item[],
  defaultLimit: number,
): { items: Item[]; nextCursor: string } {
  const limit = call.args.integer('limit') ?? defaultLimit
  if (limit < 1 || limit > 1000) throw new Refusal('invalid_limit')
  const cursor = call.args.text('cursor') ?? ''
  const start =
    cursor === '' ? 0 : Number(/^offset:(\d+)$/.exec(Buffer.from(cursor, 'base64').toString())?.[1])
  if (Number.isNaN(start)) throw new Refusal('invalid_cursor')
  const end = start + limit
  const nextCursor = end < all.length ? Buffer.from(`offset:${end}`).toString('base64') : ''
  return { items: all.slice(start, end), nextCursor }
}
