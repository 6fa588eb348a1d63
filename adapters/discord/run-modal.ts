import { type APIModalInteractionResponseCallbackData, ComponentType, TextInputStyle } from 'discord.js'
import { RUN_LANGUAGE_LABELS, RUN_LANGUAGES, type RunLanguage } from '../../src/model/command.ts'
import { sentence } from '../../src/model/sentence.ts'
import type { ReceiverContext } from '../../src/ports/receiver.ts'

export const RUN_MODAL = {
  id: 'run',
  language: 'language',
  code: 'code',
  args: 'arguments',
  stdin: 'stdin',
} as const
const MAX_CODE_LENGTH = 4000
const MAX_LABEL_LENGTH = 45

/** The dialog for code of several lines: options of a command are single-line in people's clients. */
export function runModal(
  say: ReceiverContext['say'],
  locale: string,
  chosen: RunLanguage | undefined,
): APIModalInteractionResponseCallbackData {
  const label = (key: Parameters<typeof sentence>[0]): string =>
    say(sentence(key), locale).slice(0, MAX_LABEL_LENGTH)
  const optional = (name: 'args' | 'stdin', style: TextInputStyle) => ({
    type: ComponentType.Label as const,
    label: label(name === 'args' ? 'run.modal.arguments' : 'run.modal.stdin'),
    component: {
      type: ComponentType.TextInput as const,
      custom_id: RUN_MODAL[name],
      style,
      required: false,
      max_length: MAX_CODE_LENGTH,
    },
  })
  return {
    custom_id: RUN_MODAL.id,
    title: label('run.modal.title'),
    components: [
      {
        type: ComponentType.Label,
        label: label('run.modal.language'),
        component: {
          type: ComponentType.StringSelect,
          custom_id: RUN_MODAL.language,
          options: RUN_LANGUAGES.map((language) => ({
            label: RUN_LANGUAGE_LABELS[language],
            value: language,
            default: language === (chosen ?? RUN_LANGUAGES[0]),
          })),
        },
      },
      {
        type: ComponentType.Label,
        label: label('run.modal.code'),
        component: {
          type: ComponentType.TextInput,
          custom_id: RUN_MODAL.code,
          style: TextInputStyle.Paragraph,
          max_length: MAX_CODE_LENGTH,
        },
      },
      optional('args', TextInputStyle.Short),
      optional('stdin', TextInputStyle.Paragraph),
    ],
  }
}
