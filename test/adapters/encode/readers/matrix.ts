import { commonFaults, type Reading, when, withoutSpacers } from './reading.ts'

const MAX_BYTES = 12 * 1024
const MAX_DEPTH = 100

const BLOCKS = new Set('p h1 h2 h3 h4 h5 h6 pre blockquote ul ol li table thead tbody tr th td hr'.split(' '))
const INLINES = new Set('strong em del code a br'.split(' '))
const VOID = new Set(['br', 'hr'])
/** Where a tag may stand; the others may stand where blocks or text may. */
const PARENTS: Readonly<Record<string, readonly string[]>> = {
  li: ['ul', 'ol'],
  thead: ['table'],
  tbody: ['table'],
  tr: ['thead', 'tbody'],
  th: ['tr'],
  td: ['tr'],
}
/** What holds nothing but certain tags. */
const ONLY: Readonly<Record<string, readonly string[]>> = {
  ul: ['li'],
  ol: ['li'],
  table: ['thead', 'tbody'],
  thead: ['tr'],
  tbody: ['tr'],
  tr: ['th', 'td'],
}
const ATTRIBUTES: Readonly<Record<string, RegExp>> = {
  a: /^ href="(?:https?:\/\/|mailto:)[^"<>\s]+"$/,
  code: /^(?: class="language-[\w+.#-]+")?$/,
  ol: /^(?: start="\d{1,9}")?$/,
}

/** Reads the HTML of an m.room.message by the client-server API's list, stricter: every tag closed, in its place. */
export function readMatrix(html: string, body: string): Reading {
  const faults = [
    ...commonFaults(body),
    ...commonFaults(html.replace(/<(?!hr|li)[^>]*>/g, '')),
    ...when(Math.max(Buffer.byteLength(html), Buffer.byteLength(body)) > MAX_BYTES, 'too long'),
    ...when(
      /@room\b|(?<![\w.%+/-])@[\w.=+-]+:[\w.-]+\w/i.test(html.replace(/href="[^"]*"/g, '') + body),
      'pings',
    ),
  ]
  const open: string[] = []
  const counters: (number | undefined)[] = []
  let text = ''
  let from = 0
  for (const match of html.matchAll(/<(\/?)([a-z0-9]+)([^<>]*)>/g)) {
    const [whole, slash = '', tag = '', attributes = ''] = match
    const between = html.slice(from, match.index)
    from = match.index + whole.length
    faults.push(...textFaults(between, open))
    text += decoded(between)
    if (!BLOCKS.has(tag) && !INLINES.has(tag)) faults.push(`<${tag}> is not allowed`)
    if (slash !== '') {
      if (open.pop() !== tag) faults.push(`</${tag}> closes nothing`)
      if (tag === 'ol' || tag === 'ul') counters.pop()
      if (BLOCKS.has(tag)) text += '\n'
      continue
    }
    faults.push(...placeFaults(tag, attributes, open))
    if (tag === 'ol' || tag === 'ul')
      counters.push(tag === 'ol' ? Number(/\d+/.exec(attributes)?.[0] ?? 1) : undefined)
    if (BLOCKS.has(tag) || tag === 'br') text += '\n'
    const number = counters.at(-1)
    if (tag === 'li' && number !== undefined) {
      text += `${number}. `
      counters[counters.length - 1] = number + 1
    }
    const address = /href="([^"]*)"/.exec(attributes)?.[1]
    if (address !== undefined) text += ` ${decoded(address)} `
    if (!VOID.has(tag)) open.push(tag)
    if (open.length > MAX_DEPTH) faults.push('nested too deeply')
  }
  const rest = html.slice(from)
  faults.push(...textFaults(rest, open), ...when(open.length > 0, `<${open.join('><')}> open at the end`))
  return { text: withoutSpacers(text + decoded(rest)), faults }
}

function textFaults(text: string, open: readonly string[]): string[] {
  return [
    ...when(/[<>]/.test(text), `bare angle in ${JSON.stringify(text.slice(0, 40))}`),
    ...when(/&(?!(?:amp|lt|gt|quot);)/.test(text), 'bare ampersand'),
    ...when(text.trim() !== '' && ONLY[open.at(-1) ?? ''] !== undefined, `text right in <${open.at(-1)}>`),
  ]
}

function placeFaults(tag: string, attributes: string, open: readonly string[]): string[] {
  const parent = open.at(-1) ?? ''
  const isInline = (name: string): boolean => INLINES.has(name) || /^(?:p|h[1-6]|pre)$/.test(name)
  return [
    ...when(!(ATTRIBUTES[tag] ?? /^$/).test(attributes), `<${tag}${attributes}>`),
    ...when(PARENTS[tag]?.includes(parent) === false, `<${tag}> in <${parent}>`),
    ...when(ONLY[parent]?.includes(tag) === false, `<${tag}> in <${parent}>`),
    ...when(BLOCKS.has(tag) && isInline(parent), `block <${tag}> in <${parent}>`),
    ...when(tag === 'a' && open.includes('a'), 'a link in a link'),
    ...when(parent === 'code', `<${tag}> in code`),
  ]
}

const decoded = (text: string): string =>
  text.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
