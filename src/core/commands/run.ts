import { type Sentence, sentence } from '../../model/sentence.ts'
import { MAX_SOURCE_BYTES, parseRun, RUN_LANGUAGE_LIST } from '../command-line.ts'
import { say } from '../wording.ts'
import type { Command } from './command.ts'

export const run: Command = async ({ place, target }, argument) => {
  const tell = (text: Sentence) => ({ kind: 'say' as const, text: say(text, place.language) })
  if (!place.settings.run) return tell(sentence('command.run.off'))
  const parsed = parseRun(argument)
  switch (parsed.kind) {
    case 'code':
      return { kind: 'run', code: parsed.code }
    case 'no-code':
      return tell(
        sentence('command.run.usage', {
          prefix: target.commandPrefix ?? '/',
          languages: RUN_LANGUAGE_LIST,
        }),
      )
    case 'unknown-language':
      return tell(
        sentence('command.run.unknown_language', {
          language: parsed.language.slice(0, 40),
          languages: RUN_LANGUAGE_LIST,
        }),
      )
    case 'too-long':
      return tell(sentence('command.run.too_long', { kilobytes: MAX_SOURCE_BYTES / 1024 }))
    default:
      return parsed satisfies never
  }
}
