import type { ViewsOpenArguments } from '@slack/web-api'
import { z } from 'zod'
import { runLanguage } from '../../src/core/run-languages.ts'
import { runArgument } from '../../src/core/run-line.ts'
import { RUN_LANGUAGE_LABELS, RUN_LANGUAGES, type RunLanguage } from '../../src/model/command.ts'
import type { Sentence } from '../../src/model/sentence.ts'
import { sentence } from '../../src/model/sentence.ts'

export const RUN_MODAL = 'brainall_run'

const LANGUAGE = 'language'
const CODE = 'code'
const ARGUMENTS = 'arguments'
const STDIN = 'stdin'
/** Of Slack: a modal's title and button, and a text input. */
const MAX_TITLE = 24
const MAX_CODE = 3_000

/** Where the command was given, kept in the view and so with Slack. */
const originSchema = z.object({
  channel: z.string(),
  channelName: z.string().optional(),
  responseUrl: z.string().optional(),
  responseUntil: z.number().optional(),
})
export type RunOrigin = z.infer<typeof originSchema>

const textSchema = z.object({ value: z.string().nullish() })
const stateSchema = z.object({
  [LANGUAGE]: z.object({
    [LANGUAGE]: z.object({ selected_option: z.object({ value: z.enum(RUN_LANGUAGES) }).nullish() }),
  }),
  [CODE]: z.object({ [CODE]: textSchema }),
  [ARGUMENTS]: z.object({ [ARGUMENTS]: textSchema }).optional(),
  [STDIN]: z.object({ [STDIN]: textSchema }).optional(),
})

/** The language to begin with where `/run` came without code; undefined: there is code. */
export function modalLanguage(argument: string): RunLanguage | undefined {
  const word = argument.trim().toLowerCase()
  if (word === '') return 'javascript'
  return runLanguage(word)
}

export function runModal(
  origin: RunOrigin,
  language: RunLanguage,
  say: (sentence: Sentence) => string,
): ViewsOpenArguments['view'] {
  const title = { type: 'plain_text' as const, text: say(sentence('run.modal.title')).slice(0, MAX_TITLE) }
  return {
    type: 'modal',
    callback_id: RUN_MODAL,
    private_metadata: JSON.stringify(origin),
    title,
    submit: title,
    blocks: [
      {
        type: 'input',
        block_id: LANGUAGE,
        label: { type: 'plain_text', text: say(sentence('run.modal.language')) },
        element: {
          type: 'static_select',
          action_id: LANGUAGE,
          initial_option: option(language),
          options: RUN_LANGUAGES.map(option),
        },
      },
      {
        type: 'input',
        block_id: CODE,
        label: { type: 'plain_text', text: say(sentence('run.modal.code')) },
        element: {
          type: 'plain_text_input',
          action_id: CODE,
          multiline: true,
          focus_on_load: true,
          max_length: MAX_CODE,
        },
      },
      optionalText(ARGUMENTS, say(sentence('run.modal.arguments')), false),
      optionalText(STDIN, say(sentence('run.modal.stdin')), true),
    ],
  }
}

/** undefined: no modal of ours. */
export function readSubmission(
  privateMetadata: string,
  values: unknown,
): { readonly origin: RunOrigin; readonly argument: string } | undefined {
  const state = stateSchema.safeParse(values)
  const origin = originSchema.safeParse(parseJson(privateMetadata))
  if (!state.success || !origin.success) return undefined
  const language = state.data[LANGUAGE][LANGUAGE].selected_option?.value ?? 'javascript'
  const { [CODE]: code, [ARGUMENTS]: args, [STDIN]: stdin } = state.data
  const argument = runArgument({
    language,
    code: code[CODE].value ?? '',
    args: args?.[ARGUMENTS].value ?? '',
    stdin: stdin?.[STDIN].value ?? '',
  })
  return { origin: origin.data, argument }
}

function optionalText(name: string, label: string, multiline: boolean) {
  return {
    type: 'input' as const,
    block_id: name,
    optional: true,
    label: { type: 'plain_text' as const, text: label },
    element: { type: 'plain_text_input' as const, action_id: name, multiline, max_length: MAX_CODE },
  }
}

function option(language: RunLanguage) {
  return { text: { type: 'plain_text' as const, text: RUN_LANGUAGE_LABELS[language] }, value: language }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
