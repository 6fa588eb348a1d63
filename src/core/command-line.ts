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

const FENCE = /^(`{3,}|~{3,})[ \t]*([^\s`]*)[^\n]*\n([\s\S]*?)(?:\n\1[`~]*[ \t]*$|(?![\s\S]))/m

/**
 * Code from a command's argument: a fence, with the language before it or on it, or the bare rest.
 * The first word of bare code counts as a language only if it is one.
 */
export function parseRun(argument: string): ParsedRun {
  const fence = FENCE.exec(argument)
  if (fence) {
    const named = argument.slice(0, fence.index).trim() || fence[2] || ''
    return withLanguage(named, fence[3] ?? '')
  }
  const [first = '', rest = ''] = split(argument)
  const language = runLanguage(first)
  const bare = (language ? rest : argument).trim()
  return withLanguage(language ?? '', inlineCode(bare))
}

function split(argument: string): [string, string] {
  const end = argument.search(/\s/)
  return end < 0 ? [argument, ''] : [argument.slice(0, end), argument.slice(end + 1)]
}

function inlineCode(text: string): string {
  return /^`[^`\n]+`$/.test(text) ? text.slice(1, -1) : text
}

function withLanguage(named: string, source: string): ParsedRun {
  const language = named === '' ? 'javascript' : runLanguage(named)
  if (source.trim() === '') return { kind: 'no-code' }
  if (!language) return { kind: 'unknown-language', language: named }
  if (Buffer.byteLength(source) > MAX_SOURCE_BYTES) return { kind: 'too-long' }
  return { kind: 'code', code: { language, source } }
}

export const RUN_LANGUAGE_LIST = RUN_LANGUAGES.map((language) => RUN_LANGUAGE_LABELS[language]).join(', ')

/** Commands whose answers are for the asker alone where the platform can. */
export const PRIVATE_COMMANDS: ReadonlySet<CommandName> = new Set(['help', 'why', 'usage', 'stop', 'retry'])
