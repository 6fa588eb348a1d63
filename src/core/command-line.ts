import {
  type CommandName,
  isCommand,
  RUN_LANGUAGE_LABELS,
  RUN_LANGUAGES,
  type RunLanguage,
} from '../model/command.ts'
import type { CodeToRun, CommandCall } from '../model/work.ts'

const COMMAND_LINE = /^\s*[/!]([a-z]+)(?:\s+([\s\S]*))?$/i

/** A command typed as text, such as `/run js 1+1`; undefined when the text is none. */
export function parseCommandLine(text: string): CommandCall | undefined {
  const match = COMMAND_LINE.exec(text)
  const name = match?.[1]?.toLowerCase()
  return name !== undefined && isCommand(name)
    ? { command: name, argument: match?.[2]?.trim() ?? '' }
    : undefined
}

/** What people write after the command and on fences, endings of files among them. */
const LANGUAGE_NAMES: Readonly<Record<RunLanguage, readonly string[]>> = {
  javascript: ['javascript', 'js', 'mjs', 'cjs', 'node', 'nodejs', 'jsx'],
  typescript: ['typescript', 'ts', 'mts', 'cts', 'tsx', 'deno'],
  python: ['python', 'py', 'python3', 'py3', 'pyodide'],
  sql: ['sql', 'sqlite', 'sqlite3'],
  lua: ['lua', 'lua5', 'luajit'],
}

/** Whatever its case; undefined for a language that is not run here. */
export function runLanguage(name: string): RunLanguage | undefined {
  return RUN_LANGUAGES.find((language) => LANGUAGE_NAMES[language].includes(name.toLowerCase()))
}

export const MAX_SOURCE_BYTES = 64 * 1024

export type ParsedRun =
  | { readonly kind: 'code'; readonly code: CodeToRun }
  | { readonly kind: 'no-code' }
  | { readonly kind: 'unknown-language'; readonly language: string }
  | { readonly kind: 'too-long' }

const FENCE = /^(`{3,}|~{3,})[ \t]*([^\s`]*)[^\n]*\n([\s\S]*?)(?:^\1[`~]*[ \t]*$|(?![\s\S]))/gm
/** A fence by one of these names is the program's input. */
const INPUT_NAMES: ReadonlySet<string> = new Set(['stdin', 'input'])

interface Fence {
  readonly name: string
  readonly text: string
  readonly start: number
  readonly end: number
}

/**
 * Code from a command's argument: the first fence, with the language before it or on it, or the bare rest.
 * Before the fence may stand arguments, behind it the input, bare or in a fence named stdin. The first word
 * counts as a language only if it is one, unless nothing else names it.
 */
export function parseRun(argument: string): ParsedRun {
  const fences = fencesIn(argument)
  const code = fences.find(({ name }) => !INPUT_NAMES.has(name))
  if (!code) {
    const [first = '', rest = ''] = split(argument)
    const language = runLanguage(first)
    const bare = (language ? rest : argument).trim()
    const hasOnlyInput = fences.length > 0
    return finished(language ?? '', hasOnlyInput ? '' : inlineCode(bare), undefined, [])
  }
  const input = fences.find((fence) => fence !== code && INPUT_NAMES.has(fence.name))
  const firstStart = Math.min(code.start, input?.start ?? code.start)
  const [first = '', rest = ''] = split(argument.slice(0, firstStart).trim())
  const isNamed = runLanguage(first) !== undefined || code.name === ''
  const tail = input === undefined ? argument.slice(code.end).trim() : ''
  const stdin = input?.text ?? (tail === '' ? undefined : `${tail}\n`)
  return finished(
    isNamed ? first : code.name,
    code.text,
    stdin,
    argumentsIn(isNamed ? rest : `${first} ${rest}`),
  )
}

function fencesIn(text: string): Fence[] {
  return [...text.matchAll(FENCE)].map((match) => ({
    name: (match[2] ?? '').toLowerCase(),
    text: (match[3] ?? '').replace(/\n$/, ''),
    start: match.index,
    end: match.index + match[0].length,
  }))
}

/** One a line where there are several lines, else one a word; quotes hold words together. */
function argumentsIn(text: string): string[] {
  const trimmed = text.trim()
  if (trimmed.includes('\n')) return trimmed.split('\n').map((line) => line.trim())
  return [...trimmed.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  )
}

function split(argument: string): [string, string] {
  const end = argument.search(/\s/)
  return end < 0 ? [argument, ''] : [argument.slice(0, end), argument.slice(end + 1)]
}

function inlineCode(text: string): string {
  return /^`[^`\n]+`$/.test(text) ? text.slice(1, -1) : text
}

function finished(
  named: string,
  source: string,
  stdin: string | undefined,
  args: readonly string[],
): ParsedRun {
  const language = named === '' ? 'javascript' : runLanguage(named)
  if (source.trim() === '') return { kind: 'no-code' }
  if (!language) return { kind: 'unknown-language', language: named }
  for (const text of [source, stdin ?? '', args.join('\0')])
    if (Buffer.byteLength(text) > MAX_SOURCE_BYTES) return { kind: 'too-long' }
  return {
    kind: 'code',
    code: {
      language,
      source,
      ...(stdin === undefined ? {} : { stdin }),
      ...(args.length === 0 ? {} : { args }),
    },
  }
}

export const RUN_LANGUAGE_LIST = RUN_LANGUAGES.map((language) => RUN_LANGUAGE_LABELS[language]).join(', ')

/** Commands whose answers are for the asker alone where the platform can. */
export const PRIVATE_COMMANDS: ReadonlySet<CommandName> = new Set(['help', 'why', 'usage', 'stop', 'retry'])
