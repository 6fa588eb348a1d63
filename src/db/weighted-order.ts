import { createHash } from 'node:crypto'

/**
 * Items in the order in which one who is known by `key` shall try them: over many keys each comes first as often as
 * its weight says, and the same key always gets the same order (weighted rendezvous hashing), so that a
 * conversation stays with the server that has its beginning in its cache.
 */
export function weightedOrder<Item>(
  items: readonly Item[],
  of: (item: Item) => { readonly id: string; readonly weight: number },
  key: string,
): readonly Item[] {
  const scored = items.map((item) => {
    const { id, weight } = of(item)
    const digest = createHash('sha256').update(`${key} ${id}`).digest()
    const share = (digest.readUInt32BE(0) + 1) / (2 ** 32 + 1)
    return { item, score: weight > 0 ? -Math.log(share) / weight : Number.POSITIVE_INFINITY }
  })
  return scored.toSorted((one, other) => one.score - other.score).map(({ item }) => item)
}
