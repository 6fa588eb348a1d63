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
import { readDiscord } from './readers/discord.ts'
import { readMatrix } from './readers/matrix.ts'
import { type Reading, when } from './readers/reading.ts'
import { readSlack } from './readers/slack.ts'
import { readTelegram } from './readers/telegram.ts'

export interface Platform {
  readonly name: 'slack' | 'discord' | 'telegram' | 'matrix'
  /** Of a part's size, as `sizeOf` gives it. */
  readonly limit: number
  format(markdown: string): readonly FormattedPart[]
  sizeOf(part: FormattedPart): number
  /** What keeps the part from being shown as meant; empty when nothing does. */
  faults(part: FormattedPart): readonly string[]
  /** What a person reads in it, with the addresses behind links. */
  read(part: FormattedPart): string
}

const string = (part: FormattedPart, key: string): string => {
  const value = part.body[key]
  return typeof value === 'string' ? value : ''
}

export const telegramEntities = (part: FormattedPart): readonly Entity[] => {
  const { entities } = part.body
  return Array.isArray(entities) ? (entities satisfies Entity[]) : []
}

const slackReading = (part: FormattedPart): Reading => readSlack(string(part, 'text'))
const discordReading = (part: FormattedPart): Reading => readDiscord(string(part, 'content'))
const telegramReading = (part: FormattedPart): Reading =>
  readTelegram(string(part, 'text'), telegramEntities(part))
const matrixReading = (part: FormattedPart): Reading =>
  readMatrix(string(part, 'formatted_body'), string(part, 'body'))

export const platforms: readonly Platform[] = [
  {
    name: 'slack',
    format: slack,
    limit: 4000,
    sizeOf: (part) => string(part, 'text').length,
    faults(part) {
      const text = string(part, 'text')
      const stray = strayAngle(text)
      return [
        ...slackReading(part).faults,
        ...when(stray !== undefined, `the emulator: stray angle ${stray}`),
        ...when(pingsOf(text, undefined).size > 0, 'the emulator: pings'),
      ]
    },
    read: (part) => slackReading(part).text,
  },
  {
    name: 'discord',
    format: discord,
    limit: 2000,
    sizeOf: (part) => string(part, 'content').length,
    faults: (part) => discordReading(part).faults,
    read: (part) => discordReading(part).text,
  },
  {
    name: 'telegram',
    format: telegram,
    limit: 4096,
    sizeOf: (part) => string(part, 'text').length,
    faults(part) {
      const text = string(part, 'text')
      const entities = telegramEntities(part)
      const refused: string[] = []
      try {
        checkedEntities(text, entities)
      } catch (error) {
        refused.push(`the emulator: ${error}`)
      }
      const pings = detectEntities(text, entities).filter(({ type }) => type === 'mention')
      return [
        ...telegramReading(part).faults,
        ...refused,
        ...pings.map(({ offset, length }) => `the emulator: pings ${text.slice(offset, offset + length)}`),
      ]
    },
    read: (part) => telegramReading(part).text,
  },
  {
    name: 'matrix',
    format: matrix,
    limit: 12 * 1024,
    sizeOf: (part) =>
      Math.max(Buffer.byteLength(string(part, 'formatted_body')), Buffer.byteLength(string(part, 'body'))),
    faults(part) {
      const fault = faultInHtml(string(part, 'formatted_body'))
      return [
        ...matrixReading(part).faults,
        ...when(fault !== undefined, `the emulator: ${fault}`),
        ...when(JSON.stringify(part.body['m.mentions']) !== '{}', 'mentions'),
        ...when(part.body.msgtype !== 'm.notice', 'no notice'),
      ]
    },
    read: (part) => matrixReading(part).text,
  },
]
