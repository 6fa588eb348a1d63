import en from '../../../config/locales/en.json' with { type: 'json' }
import { type SentenceKey, sentence } from '../../model/sentence.ts'
import type { Language } from '../../model/settings.ts'
import type { RecordedDecision } from '../../model/work.ts'
import { say } from '../wording.ts'
import type { Command } from './command.ts'

export const why: Command = async ({ tx, place, messageId, replyTo }) => {
  const about =
    replyTo === undefined
      ? await tx.latestMessage(place, messageId)
      : await tx.messageBehind(place.channelId, replyTo)
  const decisions = about === undefined ? [] : await tx.decisionsOn(about)
  if (decisions.length === 0) return { kind: 'say', text: say(sentence('command.why.none'), place.language) }
  const heading = say(sentence('command.why.heading'), place.language)
  return {
    kind: 'say',
    text: `${heading}\n\n${decisions.map((one) => `- ${inWords(one, place.language)}`).join('\n')}`,
  }
}

function inWords({ code, detail, at }: RecordedDecision, language: Language): string {
  const key = `why.${code}`
  const values = Object.fromEntries(
    Object.entries(detail ?? {}).map(([name, value]) => [name, String(value)]),
  )
  const text = key in en ? say({ key: key as SentenceKey, values }, language) : code
  return `\`${at.toISOString().slice(11, 19)}\` ${text}`
}
