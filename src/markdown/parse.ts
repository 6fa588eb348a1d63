import type { Root } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { gfm } from 'micromark-extension-gfm'
import { protectFormulas } from './formulas.ts'
import { clean, cleanButColours, type Definition, languageOf, normalizeBlocks } from './normalize.ts'
import { readingCost } from './reading-cost.ts'
import { sections } from './sections.ts'
import { type Block, type Inline, text } from './tree.ts'

/** In characters of plain prose; about 0.4 s. What comes after is shown as written, fences apart. */
const READING_BUDGET = 100_000
/** A short end is always read: it may be what the hub itself says about the text. */
const COST_OF_AN_END = 1_000
const MAX_DEFINITIONS = 200

// Models write `~5` for "about five".
const syntax = gfm({ singleTilde: false })
const tree = gfmFromMarkdown()

/**
 * Reads CommonMark with GitHub's tables, task lists, strikethrough, footnotes and bare links; LaTeX and HTML
 * stay as written. Deterministic; time is bounded in the length of the text, whatever it holds. With `colours`,
 * fences named `ansi` keep the escape sequences that set them.
 */
export function parseMarkdown(markdown: string, { colours = false } = {}): Block[] {
  const plain = markdown.replace(/\r\n?/g, '\n').replaceAll('\t', '    ')
  const found = sections(colours ? plain : clean(plain)).map((section) => {
    if (section.kind === 'prose') return colours ? { ...section, source: clean(section.source) } : section
    const keeps = colours && languageOf(section.language) === 'ansi'
    return { ...section, value: keeps ? cleanButColours(section.value) : clean(section.value) }
  })
  const references = collectDefinitions(
    found.flatMap((section) => (section.kind === 'prose' ? [section.source] : [])),
  )
  let budget = READING_BUDGET
  return found.flatMap((section, index): Block[] => {
    if (section.kind === 'code')
      return [{ type: 'code', language: languageOf(section.language), value: section.value }]
    const known = recall(section.source, references.key)
    const cost = known?.cost ?? readingCost(section.source)
    const isShortEnd = index === found.length - 1 && cost <= COST_OF_AN_END
    if (cost > budget && !isShortEnd) return asWritten(section.source)
    budget -= cost
    if (known) return known.blocks
    const blocks = readSection(section.source, references)
    remember(section.source, references.key, { cost, blocks })
    return blocks
  })
}

interface References {
  /** Markdown that makes the parser see them. */
  readonly source: string
  readonly definitions: ReadonlyMap<string, Definition>
  readonly used: ReadonlySet<string>
  readonly key: string
}

const NEEDS_PARSER = /[*_`[\]<>&\\~|#@$]|^ {4}|^ {0,3}(?:[-+=]|\d+[.)])|www\.|:\/\//m

function readSection(source: string, references: References): Block[] {
  if (!NEEDS_PARSER.test(source)) return asWritten(source)
  const guarded = protectFormulas(source)
  const whole = source.includes('[') ? `${guarded}\n\n${references.source}` : guarded
  let root: Root
  try {
    root = fromMarkdown(whole, { extensions: [syntax], mdastExtensions: [tree] })
  } catch (error) {
    // The parser recurses on nesting; what is nested too deeply for it is shown as written.
    if (error instanceof RangeError) return asWritten(source)
    throw error
  }
  const own = root.children.filter((node) => (node.position?.start.offset ?? 0) < guarded.length)
  return normalizeBlocks(own, {
    source: whole,
    definitions: references.definitions,
    isUsed: (identifier) => references.used.has(identifier),
  })
}

/** Endless paragraphs are cut here already, to keep later cuts cheap. */
const MAX_LINES = 1000

function asWritten(source: string): Block[] {
  return source
    .split(/\n[ \t]*\n\s*/)
    .filter((paragraph) => paragraph.trim() !== '')
    .flatMap((paragraph) => {
      const lines = paragraph.split('\n').filter((line) => line.trim() !== '')
      const pieces: Block[] = []
      for (let from = 0; from < lines.length; from += MAX_LINES) {
        pieces.push({ type: 'paragraph', children: withBreaks(lines.slice(from, from + MAX_LINES)) })
      }
      return pieces
    })
}

const withBreaks = (lines: readonly string[]): Inline[] =>
  lines.flatMap((line, index): Inline[] => [
    ...(index === 0 ? [] : [{ type: 'break' } as const]),
    text(line.trim()),
  ])

function collectDefinitions(sources: readonly string[]): References {
  const lines = new Set<string>()
  const pattern = /^ {0,3}(\[(?!\^)[^\]\n]{1,200}\]:[ \t]*\S.*)$/gm
  for (const source of sources) {
    for (const match of source.matchAll(pattern)) {
      if (lines.size < MAX_DEFINITIONS && (match[1]?.length ?? 0) < 2000) lines.add(match[1] ?? '')
    }
  }
  const definitions = new Map<string, Definition>()
  if (lines.size === 0) return { source: '', definitions, used: new Set(), key: '' }
  const source = [...lines].join('\n')
  for (const node of fromMarkdown(source).children) {
    if (node.type === 'definition' && !definitions.has(node.identifier))
      definitions.set(node.identifier, { url: node.url, title: node.title ?? undefined })
  }
  const used = new Set<string>()
  for (const one of sources) {
    for (const match of one.matchAll(/\[([^[\]\n]{1,200})\](?!:)/g)) {
      const label = (match[1] ?? '').replace(/\s+/g, ' ').trim().toLowerCase()
      if (definitions.has(label)) used.add(label)
    }
  }
  return { source, definitions, used, key: `${[...used].join('\n')}\n\n${source}` }
}

interface Reading {
  readonly cost: number
  readonly blocks: Block[]
}

/** A growing text is read again at every edit; only its last section is new. The least recently used goes first. */
const readings = new Map<string, Reading>()
const MAX_REMEMBERED_LENGTH = 500_000
let rememberedLength = 0

const keyOf = (source: string, references: string): string => `${references}\n\n${source}`

function recall(source: string, references: string): Reading | undefined {
  const key = keyOf(source, references)
  const found = readings.get(key)
  if (found) {
    readings.delete(key)
    readings.set(key, found)
  }
  return found
}

function remember(source: string, references: string, reading: Reading): void {
  const key = keyOf(source, references)
  readings.set(key, reading)
  rememberedLength += key.length
  for (const oldest of readings.keys()) {
    if (rememberedLength <= MAX_REMEMBERED_LENGTH) return
    readings.delete(oldest)
    rememberedLength -= oldest.length
  }
}
