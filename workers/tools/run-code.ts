import { z } from 'zod'
import { runLanguage } from '../../src/core/run-languages.ts'
import { harmless } from '../../src/core/run-output.ts'
import { fenced } from '../../src/core/run-report.ts'
import { RUN_LANGUAGES } from '../../src/model/command.ts'
import type { CodeRunner, RunResult } from '../../src/ports/code-runner.ts'
import type { Tool } from './tool.ts'

const givenSchema = z.object({
  language: z.string(),
  code: z.string(),
  stdin: z.string().optional(),
})

const MAX_FOR_MODEL = 8_000
const MAX_SHOWN = 1_200

/** Runs a program behind the same walls as `/run`; `runner` has places of its own. */
export function createRunCodeTool(runner: CodeRunner): Tool {
  return {
    name: 'run_code',
    description:
      'Runs a short program and returns what it printed and its last value. No network, no files, a few seconds, standard library only. People see the code and the output.',
    parameters: {
      type: 'object',
      properties: {
        language: { type: 'string', enum: [...RUN_LANGUAGES] },
        code: { type: 'string', description: 'The whole program' },
        stdin: { type: 'string', description: 'Its standard input' },
      },
      required: ['language', 'code'],
      additionalProperties: false,
    },
    async run(given, { turn }, signal) {
      const parsed = givenSchema.safeParse(given)
      const language = parsed.success ? runLanguage(parsed.data.language) : undefined
      if (!parsed.success || language === undefined)
        return refused(`Give "language" (one of ${RUN_LANGUAGES.join(', ')}) and "code", both as text.`)
      const { code, stdin } = parsed.data
      const result = await runner.run(
        { language, source: code, ...(stdin === undefined ? {} : { stdin }) },
        signal,
        { asker: { workspace: turn.workspaceId, person: turn.personId }, forAnswer: true },
      )
      const text = harmless(textOf(result))
      const shown = cut(text.trimEnd(), MAX_SHOWN)
      return {
        content: cut(text, MAX_FOR_MODEL),
        shown: `${fenced(code.trimEnd(), language)}\n\n${fenced(shown === '' ? '(no output)' : shown)}`,
      }
    },
  }
}

function refused(why: string) {
  return { content: `Error: ${why}`, shown: '' }
}

function textOf({ reason, output, value, error, exitCode, truncated }: RunResult): string {
  return [
    output,
    truncated ? '[output cut]' : '',
    value === undefined ? '' : `=> ${value}`,
    error === undefined ? '' : error.stack || `${error.name}: ${error.message}`,
    reason === 'ok' || reason === 'error'
      ? ''
      : `[ended: ${reason}${exitCode === undefined ? '' : ` ${exitCode}`}]`,
  ]
    .filter((piece) => piece !== '')
    .join('\n')
}

function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit).toWellFormed()}\n[cut]`
}
