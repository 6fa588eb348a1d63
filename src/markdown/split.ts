import { type Cut, cutBlock, fillBlocks } from './cut-block.ts'
import { type Block, type Inline, text } from './tree.ts'

/** What one message holds. */
export interface Page {
  /** The most that `measure` may give. */
  readonly limit: number
  /**
   * The size of the blocks as printed. Grows with the blocks; never less than the characters of their texts.
   */
  measure(blocks: readonly Block[]): number
}

/**
 * Spreads blocks over parts that each fit a page, filled from the start: what is appended to a text changes
 * its earlier parts as little as possible. Cuts between blocks, items and rows first, then lines, sentences and
 * words; a cut fence, list, quote, table or style goes on in the next part as what it is.
 */
export function split(blocks: readonly Block[], page: Page): Block[][] {
  const fullness = (taken: readonly Block[]): number => {
    if (taken.length === 0) return 0
    return exceeds(taken, page.limit) ? Number.POSITIVE_INFINITY : page.measure(taken) / page.limit
  }
  const parts: Block[][] = []
  for (let left = [...blocks]; left.length > 0; ) {
    const { taken, rest } = fillBlocks(left, fullness, page.limit)
    if (taken.length > 0) {
      parts.push(taken)
      left = rest
      continue
    }
    const { head, tail } = cutAnyway(rest, fullness, page.limit)
    if (head !== undefined) parts.push([head])
    left = (tail === undefined ? [] : [tail]).concat(rest.slice(1))
  }
  return parts
}

/** For what cannot be cut as what it is, such as a deep nest on a tiny page: its words, without its form. */
function cutAnyway(
  [block]: readonly Block[],
  fullness: (taken: readonly Block[]) => number,
  scale: number,
): Cut<Block> {
  if (block === undefined) return { head: undefined, tail: undefined }
  const plain: Block = { type: 'paragraph', children: [text(words([block]).join(' '))] }
  const cut = cutBlock(plain, (head) => fullness(head === undefined ? [] : [head]), scale)
  return cut.head === undefined ? { head: plain, tail: undefined } : cut
}

function words(blocks: readonly Block[]): string[] {
  const found: string[] = []
  visitTexts(blocks, (value) => {
    found.push(value)
    return true
  })
  return found
}

/** Whether the texts alone are longer than a page; looks no further than that. */
function exceeds(blocks: readonly Block[], limit: number): boolean {
  let length = 0
  return !visitTexts(blocks, (value) => {
    length += value.length
    return length <= limit
  })
}

function visitTexts(blocks: readonly Block[], visit: (value: string) => boolean): boolean {
  return blocks.every((block) => visitBlock(block, visit))
}

function visitBlock(block: Block, visit: (value: string) => boolean): boolean {
  const inlines = (nodes: readonly Inline[]): boolean =>
    nodes.every((node) => {
      if (node.type === 'break') return true
      return 'value' in node ? visit(node.value) : inlines(node.children)
    })
  switch (block.type) {
    case 'paragraph':
    case 'heading':
      return inlines(block.children)
    case 'code':
      return visit(block.value)
    case 'quote':
      return visitTexts(block.children, visit)
    case 'list':
      return block.items.every((item) => visitTexts(item.children, visit))
    case 'table':
      return [block.header, ...block.rows].every((row) => row.every(inlines))
    case 'rule':
      return true
  }
}
