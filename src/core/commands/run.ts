import { type Sentence, sentence } from '../../model/sentence.ts'
import { RUN_LANGUAGE_LIST } from '../run-languages.ts'
import { MAX_FILES, MAX_SOURCE_BYTES, parseRun } from '../run-line.ts'
import { say } from '../wording.ts'
import type { Command } from './command.ts'

export const run: Command = async ({ place, target, attachments = [], quoted }, argument) => {
  const tell = (text: Sentence) => ({ kind: 'say' as const, text: say(text, place.language) })
  if (!place.settings.run) return tell(sentence('command.run.off'))
  const parsed = parseRun({ argument, attachments, quoted })
  switch (parsed.kind) {
    case 'code':
      return { kind: 'run', code: parsed.code }
    case 'no-code':
      if (quoted && argument.trim() === '') return tell(sentence('command.run.no_code_there'))
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
      return tell(sentence('command.run.too_long', { kilobytes: MAX_SOURCE_BYTES / 1024, files: MAX_FILES }))
    default:
      return parsed satisfies never
  }
}
