import { existsSync } from 'node:fs'
import { format as discord } from '../../../adapters/discord/encode.ts'
import { format as matrix } from '../../../adapters/matrix/encode.ts'
import { format as slack } from '../../../adapters/slack/encode.ts'
import { format as telegram } from '../../../adapters/telegram/encode.ts'
import type { Entity } from '../../../adapters/telegram/entities.ts'
import type { FormattedPart } from '../../../src/model/outbound.ts'
import { faultInHtml } from '../../../src/simulator/matrix/html-rules.ts'
import { pingsOf, strayAngle } from '../../../src/simulator/slack/mrkdwn.ts'
import { detectEntities } from '../../../src/simulator/telegram/entity-detection.ts'
import { checkedEntities } from '../../../src/simulator/telegram/message-entities.ts'

export interface Platform {
  readonly name: string
  format(markdown: string): readonly FormattedPart[]
  /** What keeps the part from being shown as meant; empty when nothing does. */
  faults(part: FormattedPart): string[]
  /** What a person reads in it, with the addresses behind links. */
  read(part: FormattedPart): string
}

const string = (part: FormattedPart, key: string): string => {
  const value = part.body[key]
  return typeof value === 'string' ? value : ''
}

/** The fault, where the check fails. */
const when = (isFault: boolean, fault: string): string[] => (isFault ? [fault] : [])

const fencesOf = (text: string): number => text.match(/```/g)?.length ?? 0
const visible = /[^\s\p{Cf}]/u

export const telegramEntities = (part: FormattedPart): readonly Entity[] => {
  const { entities } = part.body
  return Array.isArray(entities) ? (entities satisfies Entity[]) : []
}

function readHtml(html: string): string {
  const lists: (number | undefined)[] = []
  return html
    .replace(/<(\/?)(\w+)([^>]*)>/g, (_, slash: string, tag: string, attributes: string) => {
      const inline = ['strong', 'em', 'del', 'code'].includes(tag)
      if (slash === '/') {
        if (tag === 'ol' || tag === 'ul') lists.pop()
        return inline || tag === 'a' ? '' : '\n'
      }
      if (tag === 'ul') lists.push(undefined)
      if (tag === 'ol') lists.push(Number(/\d+/.exec(attributes)?.[0] ?? 1))
      const number = tag === 'li' ? lists.at(-1) : undefined
      if (number !== undefined) lists[lists.length - 1] = number + 1
      const address = /href="([^"]*)"/.exec(attributes)?.[1]
      return address !== undefined
        ? ` ${address} `
        : number !== undefined
          ? `\n${number}. `
          : inline
            ? ''
            : '\n'
    })
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replaceAll('\u2060', '')
}

export const platforms: readonly Platform[] = [
  {
    name: 'slack',
    format: slack,
    faults(part) {
      const text = string(part, 'text')
      const stray = strayAngle(text)
      return [
        ...when(text.length > 3900, `length ${text.length}`),
        ...when(!visible.test(text), 'nothing to see'),
        ...when(stray !== undefined, `stray angle ${stray}`),
        ...when(/&(?!amp;|lt;|gt;)/.test(text), 'bare ampersand'),
        ...when(fencesOf(text) % 2 === 1, 'open fence'),
        ...when(pingsOf(text, undefined).size > 0 || /@(here|channel|everyone)/i.test(text), 'pings'),
        ...when(!text.isWellFormed(), 'lone surrogate'),
      ]
    },
    read: (part) =>
      string(part, 'text')
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&amp;', '&')
        .replace(/\u200b|\u2060/g, ''),
  },
  {
    name: 'discord',
    format: discord,
    faults(part) {
      const text = string(part, 'content')
      return [
        ...when(text.length > 2000, `length ${text.length}`),
        ...when(!visible.test(text), 'nothing to see'),
        ...when(fencesOf(text.replace(/\\`/g, '')) % 2 === 1 && !/`` /.test(text), 'open fence'),
        ...when(/@(everyone|here)|<@[!&]?\d/i.test(text), 'pings'),
        ...when(!text.isWellFormed(), 'lone surrogate'),
      ]
    },
    read: (part) =>
      string(part, 'content')
        .replace(/\\([^0-9A-Za-z\s])/g, '$1')
        .replace(/\u200b|\u2060/g, ''),
  },
  {
    name: 'telegram',
    format: telegram,
    faults(part) {
      const text = string(part, 'text')
      const entities = telegramEntities(part)
      const refused: string[] = []
      try {
        checkedEntities(text, entities)
      } catch (error) {
        refused.push(String(error))
      }
      const pings = detectEntities(text, entities).filter(({ type }) => type === 'mention')
      return [
        ...refused,
        ...when(text.length > 4096, `length ${text.length}`),
        ...when(entities.length > 100, `${entities.length} entities`),
        ...when(!visible.test(text), 'nothing to see'),
        ...when(
          pings.length > 0,
          `pings ${pings.map(({ offset, length }) => text.slice(offset, offset + length))}`,
        ),
        ...when(!text.isWellFormed(), 'lone surrogate'),
      ]
    },
    read: (part) =>
      [
        string(part, 'text').replaceAll('\u2060', ''),
        ...telegramEntities(part).map((entity) => (entity.type === 'text_link' ? entity.url : '')),
      ].join('\n'),
  },
  {
    name: 'matrix',
    format: matrix,
    faults(part) {
      const html = string(part, 'formatted_body')
      const body = string(part, 'body')
      const fault = faultInHtml(html)
      return [
        ...when(fault !== undefined, `${fault}`),
        ...when(Math.max(Buffer.byteLength(html), Buffer.byteLength(body)) > 12 * 1024, 'too long'),
        ...when(!visible.test(body), 'nothing to see'),
        ...when(/@room\b/i.test(body), 'pings'),
        ...when(JSON.stringify(part.body['m.mentions']) !== '{}', 'mentions'),
        ...when(part.body.msgtype !== 'm.notice', 'no notice'),
        ...when(!html.isWellFormed() || !body.isWellFormed(), 'lone surrogate'),
      ]
    },
    read: (part) => readHtml(string(part, 'formatted_body')),
  },
]

export type WireCheck = (request: {
  method: string
  path: string
  headers: Record<string, string>
  body: string
}) => unknown[]

const wireCheck = new URL('../../../../shared/wire-check/index.mjs', import.meta.url)

/** A check of whole requests against the published descriptions, where it is at hand. */
export async function loadWireChecks(): Promise<Readonly<Record<string, WireCheck>> | undefined> {
  if (!existsSync(wireCheck) || !existsSync(new URL('node_modules', wireCheck))) return undefined
  const loaded: { checks: Readonly<Record<string, WireCheck>> } = await import(wireCheck.href)
  return loaded.checks
}
