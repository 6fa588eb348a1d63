import {
  bestCut,
  codePointBoundary,
  cutInlines,
  flatten,
  graphemeBoundary,
  headOf,
  LONGEST_GRAPHEME,
} from './cut-text.ts'
import { tableAsRecords } from './table-layout.ts'
import type { Block, Code, Inline, Item, List, Table } from './tree.ts'

/** How full the part would be, 1 being full, with this as its last piece; undefined: with nothing added. */
export type Fullness<T> = (head: T | undefined) => number

export interface Cut<T> {
  readonly head: T | undefined
  readonly tail: T | undefined
}

/**
 * Up to this fullness a block that does not fit is begun in this part; beyond it, it waits whole for the next.
 * It looks only at what stands before the block, so that a growing block is never taken back.
 */
const PATIENCE: Readonly<Record<Block['type'], number>> = {
  paragraph: 0.5,
  heading: 0.5,
  code: 0.6,
  table: 0.6,
  list: 1,
  quote: 1,
  rule: 0,
}
const ITEM_PATIENCE = 0.6

/** As many of the blocks as the part takes, the last one cut if need be, and what is left of them. */
export function fillBlocks(
  blocks: readonly Block[],
  fullness: (taken: readonly Block[]) => number,
  scale: number,
): { taken: Block[]; rest: Block[]; isCut: boolean } {
  const filled = fill(blocks, fullness, (block, used) =>
    used(undefined) <= PATIENCE[block.type] ? cutBlock(block, used, scale) : { head: undefined, tail: block },
  )
  // A heading does not stay behind alone.
  const last = filled.taken.at(-1)
  if (filled.taken.length > 1 && filled.rest.length > 0 && last?.type === 'heading' && !filled.isCut) {
    return { taken: filled.taken.slice(0, -1), rest: [last, ...filled.rest], isCut: false }
  }
  return filled
}

function fill<T>(
  pieces: readonly T[],
  fullness: (taken: readonly T[]) => number,
  cut: (piece: T, used: Fullness<T>) => Cut<T>,
): { taken: T[]; rest: T[]; isCut: boolean } {
  const count = fitting(pieces, fullness)
  const taken = pieces.slice(0, count)
  const next = pieces[count]
  if (next === undefined) return { taken, rest: [], isCut: false }
  const after = pieces.slice(count + 1)
  const { head, tail } = cut(next, (piece) => fullness(piece === undefined ? taken : [...taken, piece]))
  return {
    taken: head === undefined ? taken : [...taken, head],
    rest: tail === undefined ? after : before(tail, after),
    isCut: head !== undefined && tail !== undefined,
  }
}

const before = <T>(first: T, others: readonly T[]): T[] => {
  const all: T[] = [first]
  return all.concat(others)
}

/** Guesses by proportion before halving: pieces are often alike. */
const PROPORTIONAL_GUESSES = 6

/** How many of the first pieces fit. The cost depends on the size of a part, not on the number of pieces. */
function fitting<T>(pieces: readonly T[], fullness: (taken: readonly T[]) => number): number {
  let fits = 0
  let tooMany = pieces.length + 1
  let tried = Math.min(8, pieces.length)
  for (let guess = 0; fits + 1 < tooMany; guess++) {
    const now = fullness(pieces.slice(0, tried))
    if (now <= 1) fits = tried
    else tooMany = tried
    const next =
      guess < PROPORTIONAL_GUESSES && Number.isFinite(now) && now > 0
        ? Math.min(Math.round(tried / now), tried * 16)
        : Math.floor((fits + Math.min(tooMany, fits * 2 + 2)) / 2)
    tried = Math.max(fits + 1, Math.min(tooMany - 1, next))
  }
  return fits
}

/** Cuts a block that does not fit as a whole. No head: nothing of it fits. */
export function cutBlock(block: Block, used: Fullness<Block>, scale: number): Cut<Block> {
  switch (block.type) {
    case 'paragraph':
    case 'heading':
      return cutText(block, used, scale)
    case 'code':
      return cutCode(block, used, scale)
    case 'quote': {
      const { taken, rest } = fillBlocks(
        block.children,
        (children) => used(children.length === 0 ? undefined : { ...block, children }),
        scale,
      )
      return {
        head: taken.length === 0 ? undefined : { ...block, children: taken },
        tail: rest.length === 0 ? undefined : { ...block, children: rest },
      }
    }
    case 'list':
      return cutList(block, used, scale)
    case 'table':
      return cutTable(block, used, scale)
    case 'rule':
      return { head: undefined, tail: block }
  }
}

function cutList(list: List, used: Fullness<Block>, scale: number): Cut<Block> {
  const { taken, rest, isCut } = fill(
    list.items,
    (items) => used(items.length === 0 ? undefined : { ...list, items }),
    (item, within) =>
      within(undefined) <= ITEM_PATIENCE ? cutItem(item, within, scale) : { head: undefined, tail: item },
  )
  const next = list.start === undefined ? undefined : list.start + taken.length - (isCut ? 1 : 0)
  return {
    head: taken.length === 0 ? undefined : { ...list, items: taken },
    tail: rest.length === 0 ? undefined : { ...list, start: next, items: rest },
  }
}

function cutItem(item: Item, used: Fullness<Item>, scale: number): Cut<Item> {
  const { taken, rest } = fillBlocks(
    item.children,
    (children) => used(children.length === 0 ? undefined : { ...item, children }),
    scale,
  )
  if (taken.length === 0) return { head: undefined, tail: item }
  return {
    head: { ...item, children: taken },
    tail: rest.length === 0 ? undefined : { ...item, continued: true, children: rest },
  }
}

function cutTable(table: Table, used: Fullness<Block>, scale: number): Cut<Block> {
  const { taken, rest } = fill(
    table.rows,
    (rows) => used(rows.length === 0 ? undefined : { ...table, rows }),
    (row) => ({ head: undefined, tail: row }),
  )
  if (taken.length === 0) {
    if (used(undefined) > 0) return { head: undefined, tail: table }
    // Not even one row: a row's cells are shown one below the other, which can be cut.
    return cutBlock(tableAsRecords(table), used, scale)
  }
  return {
    head: { ...table, rows: taken },
    tail: rest.length === 0 ? undefined : { ...table, rows: rest },
  }
}

const GUESSES = 12

/** The most characters that fit, closely enough: each guess corrects the last by how far it was off. */
function mostThatFits(total: number, used: (count: number) => number, scale: number): number {
  const empty = used(0)
  let count = Math.min(total, Math.floor(scale * (1 - empty)))
  for (let guess = 0; guess < GUESSES && count > 0; guess++) {
    const now = used(count)
    if (now <= 1) return count
    const share = Number.isFinite(now) ? (1 - empty) / (now - empty) : 0.5
    count = Math.min(count - 1, Math.floor(count * Math.max(0.05, Math.min(0.97, share))))
  }
  return Math.max(0, count)
}

function cutText(
  block: Block & { readonly children: readonly Inline[] },
  used: Fullness<Block>,
  scale: number,
): Cut<Block> {
  if (block.type !== 'paragraph' && block.type !== 'heading') return { head: undefined, tail: block }
  const flat = flatten(block.children, scale + LONGEST_GRAPHEME)
  const head = (count: number): Block => ({ ...block, children: headOf(block.children, count) })
  const most = mostThatFits(flat.text.length, (count) => used(count === 0 ? undefined : head(count)), scale)
  if (most === 0) return { head: undefined, tail: block }
  const best = bestCut(flat, most)
  // Not even one grapheme: it is cut only where a whole part is too small for it.
  if (best === 0 && used(undefined) > 0) return { head: undefined, tail: block }
  const [first, second] = cutInlines(block.children, best === 0 ? codePointBoundary(flat.text, most) : best)
  return {
    head: first.length === 0 ? undefined : { ...block, children: first },
    tail: second.length === 0 ? undefined : { ...block, children: second },
  }
}

function cutCode(code: Code, used: Fullness<Block>, scale: number): Cut<Block> {
  const head = (count: number): Block => ({ ...code, value: code.value.slice(0, count) })
  const total = Math.min(code.value.length, scale + 1)
  const most = mostThatFits(total, (count) => used(count === 0 ? undefined : head(count)), scale)
  if (most === 0) return { head: undefined, tail: code }
  const line = code.value.lastIndexOf('\n', most - 1)
  const at = line > 0 ? line : graphemeBoundary(code.value, most) || codePointBoundary(code.value, most)
  return { head: head(at), tail: { ...code, value: code.value.slice(line > 0 ? at + 1 : at) } }
}
