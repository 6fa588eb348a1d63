import type { RunLanguage } from '../model/command.ts'
import type { OutboundFile } from '../model/outbound.ts'
import { type Sentence, sentence } from '../model/sentence.ts'
import type { Language } from '../model/settings.ts'
import type { RunAllowance, RunResult } from '../ports/code-runner.ts'
import { closeColours, harmless, harmlessInColour } from './run-output.ts'
import { say } from './wording.ts'

/** What a chat shows of an output before the rest goes into a file. */
const SHOWN_LINES = 30
const SHOWN_CHARACTERS = 1_500

export interface RunReport {
  readonly markdown: string
  /** The whole output, where the chat shows only its beginning. */
  readonly file: OutboundFile | undefined
}

/** What values look like, for the colours of the fence around them. */
const VALUE_FENCE: Readonly<Record<RunLanguage, string>> = {
  javascript: 'js',
  typescript: 'js',
  python: 'py',
  sql: '',
  lua: 'lua',
}

/** A run's result as a chat shows it: output, value, error with the user's line, and why it ended. */
export function reportRun(
  result: RunResult,
  code: {
    readonly language: RunLanguage
    readonly allowance: RunAllowance
    /** Whether the place shows colours in `ansi` fences. */
    readonly colours: boolean
    /** Where a signed-in reader sees the whole run. */
    readonly link?: string | undefined
  },
  language: Language,
): RunReport {
  const { value, error } = result
  const output = harmless(result.output)
  const coloured = code.colours ? harmlessInColour(result.output) : undefined
  const pieces: string[] = []
  const cut = firstLines(coloured ?? output)
  if (cut.text !== '')
    pieces.push(coloured === undefined ? fenced(cut.text) : fenced(closeColours(cut.text), 'ansi'))
  if (cut.shortened || result.truncated) pieces.push(say(sentence('run.cut'), language))
  if (value !== undefined)
    pieces.push(
      `${say(sentence('run.value'), language)}:\n${fenced(firstLines(harmless(value)).text, VALUE_FENCE[code.language])}`,
    )
  if (error)
    pieces.push(
      fenced(firstLines(harmless(error.stack === '' ? `${error.name}: ${error.message}` : error.stack)).text),
    )
  const why = reasonOf(result, code.allowance)
  if (why) pieces.push(say(why, language))
  if (pieces.length === 0) pieces.push(say(sentence('run.no_output'), language))
  const duration = say(sentence('run.duration', { ms: Math.round(result.wallMs) }), language)
  const link = code.link && `[${say(sentence('run.link'), language)}](${code.link})`
  pieces.push(link === undefined ? duration : `${duration} · ${link}`)
  return {
    markdown: pieces.join('\n\n'),
    file: cut.shortened
      ? { name: 'output.txt', mimeType: 'text/plain', data: Buffer.from(output, 'utf8') }
      : undefined,
  }
}

function reasonOf({ reason, exitCode }: RunResult, allowance: RunAllowance): Sentence | undefined {
  switch (reason) {
    case 'ok':
    case 'error':
      return undefined
    case 'exit':
      return exitCode ? sentence('run.reason.exit', { code: exitCode }) : undefined
    case 'cpu-timeout':
      return sentence('run.reason.cpu-timeout', { seconds: allowance.cpuMs / 1_000 })
    case 'wall-timeout':
      return sentence('run.reason.wall-timeout', { seconds: allowance.wallMs / 1_000 })
    case 'memory':
      return sentence('run.reason.memory', { megabytes: allowance.memoryMb })
    default:
      return sentence(`run.reason.${reason}`)
  }
}

function firstLines(text: string): { text: string; shortened: boolean } {
  const whole = text.replace(/\s+$/, '')
  const lines = whole.split('\n').slice(0, SHOWN_LINES).join('\n')
  const shown = lines.slice(0, SHOWN_CHARACTERS).toWellFormed()
  return { text: shown, shortened: shown.length < whole.length }
}

/** A fence longer than any run of backticks inside, so that output cannot leave it. */
export function fenced(text: string, language = ''): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${text}\n${fence}`
}
