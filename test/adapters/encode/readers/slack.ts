import { commonFaults, type Reading, when, withoutSpacers } from './reading.ts'

const MAX_TEXT = 4000
/** A link as Slack takes it: an address without spaces, bars and angles, and a label without angles. */
const LINK = /^(https?:\/\/[^\s<>|]+|mailto:[^\s<>|]+)(?:\|([^<>\n]+))?$/
const BROADCAST = /@(?:here|channel|everyone)\b|<!|<@|<#/i

/** Reads mrkdwn as docs.slack.dev/messaging/formatting-message-text describes it. */
export function readSlack(text: string): Reading {
  const faults = [
    ...commonFaults(text),
    ...when(text.length > MAX_TEXT, `length ${text.length}`),
    ...when(BROADCAST.test(text), 'pings'),
    ...when(/&(?!amp;|lt;|gt;)/.test(text), 'bare ampersand'),
  ]
  const shown: string[] = []
  let code: string[] | undefined
  for (const line of text.split('\n')) {
    if (line === '```') {
      if (code) shown.push(...code)
      if (code?.join('').trim() === '') faults.push('empty fence')
      code = code ? undefined : []
    } else if (line.includes('```')) faults.push('a fence inside a line')
    else if (code) {
      if (/[<>]/.test(line)) faults.push('bare angle in code')
      code.push(unescaped(line))
    } else {
      const read = readLine(line)
      shown.push(read.text)
      faults.push(...read.faults)
    }
  }
  if (code) faults.push('open fence')
  return { text: withoutSpacers(shown.join('\n')), faults }
}

const unescaped = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&').replaceAll('\u02cb', '`')

function readLine(line: string): Reading {
  const faults: string[] = []
  const body = line.replace(/^> (?:› )*/, '')
  let text = ''
  for (let at = 0; at < body.length; at++) {
    const char = body[at] ?? ''
    const before = body[at - 1] ?? ' '
    const after = body[at + 1] ?? ' '
    if (char === '`') {
      const end = body.indexOf('`', at + 1)
      const inside = end < 0 ? '' : body.slice(at + 1, end)
      if (inside === '') faults.push(`open or empty code in ${JSON.stringify(line.slice(0, 60))}`)
      if (/[<>]/.test(inside)) faults.push('bare angle in code')
      text += unescaped(inside)
      at = end < 0 ? body.length : end
    } else if (char === '<') {
      const end = body.indexOf('>', at)
      const link = LINK.exec(body.slice(at + 1, Math.max(at, end)))
      if (!link) faults.push(`stray angle ${body.slice(at, at + 20)}`)
      else text += unescaped(` ${link[2] ?? ''} ${link[1] ?? ''} `)
      at = link ? end : at
    } else if (char === '>') faults.push(`bare > in ${JSON.stringify(line.slice(0, 60))}`)
    else if ('*_~'.includes(char) && isMark(before, after)) text += ''
    else text += char
  }
  return { text: unescaped(text), faults }
}

/** Marks count between a word on one side and white space or punctuation on the other; a word joiner is neither. */
const isMark = (before: string, after: string): boolean =>
  (APART.test(before) && TOUCHING.test(after)) || (TOUCHING.test(before) && APART.test(after))
const APART = /[\s\p{P}\p{S}\u200b]/u
const TOUCHING = /[^\s\u2060\u200b]/u
