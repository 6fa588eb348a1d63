import { commonFaults, type Reading, when, withoutSpacers } from './reading.ts'

const MAX_CONTENT = 2000
const ADDRESS = /^https?:\/\/[^\s<>]+$/

/** Reads Discord's Markdown: what is not markup must be escaped, what opens must close. */
export function readDiscord(content: string): Reading {
  const faults = [
    ...commonFaults(content),
    ...when(content.length > MAX_CONTENT, `length ${content.length}`),
    ...when(
      /@(?:everyone|here)|<@[!&]?\d|(?<!\\)<(?:#\d|a?:\w+:\d|t:\d|\/[\w -]+:\d)/i.test(content),
      'pings',
    ),
  ]
  let text = ''
  let prose: string[] = []
  const endProse = (): void => {
    const read = readProse(prose.join('\n'))
    text += `${read.text}\n`
    faults.push(...read.faults)
    prose = []
  }
  const lines = content.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const fence = /^(?:> (?:› )*)?```([\w+.#-]*)$/.exec(line)
    if (!fence) {
      prose.push(line)
      continue
    }
    endProse()
    const quote = line.slice(0, line.indexOf('`'))
    const end = lines.findIndex((one, index) => index > at && one === `${quote}\`\`\``)
    if (end < 0) faults.push('open fence')
    const body = lines.slice(at + 1, end < 0 ? lines.length : end)
    if (body.some((one) => one.includes('```') || !one.startsWith(quote.trimEnd()))) faults.push('torn fence')
    text += `${body.map((one) => one.slice(quote.length)).join('\n')}\n`
    at = end < 0 ? lines.length : end
  }
  endProse()
  return { text: withoutSpacers(text), faults }
}

/** Discord's inline rules are those of simple-markdown; of the styles, the longest match counts. */
const ESCAPE = /^\\([^0-9A-Za-z\s])/
const CODE = /^(`+)([\s\S]*?[^`])\1(?!`)/
const MASKED = /^\[((?:\[[^\]]*\]|[^[\]]|\](?=[^[]*\]))*)\]\(<([^<>\n]*)>\)/
const ANGLED = /^<([^<>\n]+)>/
const STYLES = [
  /^\*(?=\S)((?:\*\*|\\[\s\S]|\s+(?:\\[\s\S]|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)/,
  /^\b_((?:__|\\[\s\S]|[^\\_])+?)_\b/,
  /^\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)/,
  /^__((?:\\[\s\S]|[^\\])+?)__(?!_)/,
  /^~~(?=\S)((?:\\[\s\S]|~(?!~)|[^\s~\\]|\s(?!~~))+?)~~/,
  /^\|\|([\s\S]+?)\|\|/,
]
const PLAIN = /^[^\\`*_~|<[\]]+/

function readProse(source: string): Reading {
  const lines = source.split('\n').map((line): Reading => {
    const block = /^(?:> (?:› )*)?(?: *(?:- |\d+\. ))*(?:#{1,3} )?/.exec(line)?.[0] ?? ''
    const { text, faults } = readInline(line.slice(block.length))
    return { text: block.replace(/[#>]/g, '') + text, faults }
  })
  return { text: lines.map(({ text }) => text).join('\n'), faults: lines.flatMap(({ faults }) => faults) }
}

function readInline(source: string): Reading {
  const faults: string[] = []
  let text = ''
  for (let at = 0; at < source.length; ) {
    const rest = source.slice(at)
    const plain = (PLAIN.exec(rest) ?? ESCAPE.exec(rest))?.[0]
    const code = CODE.exec(rest)
    const masked = MASKED.exec(rest)
    const angled = ANGLED.exec(rest)
    const [styled] = STYLES.flatMap((rule) => [rule.exec(rest)].filter((match) => match !== null)).sort(
      (one, other) => other[0].length - one[0].length,
    )
    if (plain !== undefined) {
      text += plain.startsWith('\\') ? plain.slice(1) : plain
      at += plain.length
    } else if (code) {
      text += code[2]
      at += code[0].length
    } else if (masked) {
      const label = readInline(masked[1] ?? '')
      faults.push(...label.faults, ...when(!ADDRESS.test(masked[2] ?? ''), `no address: ${masked[2]}`))
      faults.push(...when(/:\/\//.test(masked[1] ?? ''), 'a label that looks like an address'))
      text += ` ${label.text} ${masked[2]} `
      at += masked[0].length
    } else if (angled) {
      faults.push(...when(!ADDRESS.test(angled[1] ?? ''), `stray angle ${angled[0].slice(0, 20)}`))
      text += ` ${angled[1]} `
      at += angled[0].length
    } else if (styled) {
      const inner = readInline(styled[1] ?? '')
      faults.push(...inner.faults, ...when((styled[1] ?? '').trim() === '', 'a style without text'))
      text += inner.text
      at += styled[0].length
    } else {
      faults.push(`bare ${JSON.stringify(rest.slice(0, 40))}`)
      text += rest[0]
      at += 1
    }
  }
  return { text, faults }
}
