import type { RunLanguage } from '../model/command.ts'
import type { InboundAttachment, QuotedMessage } from '../model/inbound.ts'
import type { AttachedText, CodeToRun, RunFile } from '../model/work.ts'
import { type Fence, fencesIn, isInput } from './run-fences.ts'
import { fileEnding, languageMeant, languageOfFile, runLanguage } from './run-languages.ts'

/** UTF-8 bytes of each text: source, input, all arguments, all other files together. */
export const MAX_SOURCE_BYTES = 64 * 1024
export const MAX_FILES = 10

export type ParsedRun =
  | { readonly kind: 'code'; readonly code: CodeToRun }
  | { readonly kind: 'no-code' }
  | { readonly kind: 'unknown-language'; readonly language: string }
  | { readonly kind: 'too-long' }

/** What a command to run code came with. */
export interface RunCall {
  readonly argument: string
  readonly attachments?: readonly InboundAttachment[]
  /** The message it is about: its code is run where the command itself brings none. */
  readonly quoted?: QuotedMessage | undefined
}

interface Draft {
  readonly language: RunLanguage
  readonly source: string
  readonly stdin?: string | undefined
  readonly args?: readonly string[]
  readonly files?: readonly RunFile[]
  readonly attached?: readonly AttachedText[]
}

/**
 * The program of a command: its fences, its attached files, the bare rest, or what the message it is about holds.
 * A language is named before the code, on the fence or by a file's ending; what is named before the code wins.
 */
export function parseRun({ argument, attachments = [], quoted }: RunCall): ParsedRun {
  const fences = fencesIn(argument)
  if (fences.some((fence) => !isInput(fence))) return parseFences(argument, fences)
  const stdin = fences[0]?.text
  const bare = stdin === undefined ? argument.trim() : argument.slice(0, fences[0]?.start).trim()
  const [first = '', rest = ''] = split(bare)
  const language = runLanguage(first)
  const own = attachedProgram(attachments, language)
  if (own) {
    const args = argumentsIn(language === undefined ? bare : rest)
    return finished({ ...own, ...(stdin === undefined ? {} : { stdin }), args })
  }
  const isAboutQuoted = bare === '' || (language !== undefined && rest.trim() === '')
  if (quoted && isAboutQuoted) return parseQuoted(quoted, language, stdin)
  if (stdin !== undefined) return { kind: 'no-code' }
  const meant = language === undefined ? languageMeant(bare) : undefined
  if (meant !== undefined) return { kind: 'unknown-language', language: meant }
  return finished({ language: language ?? 'javascript', source: inlineCode(language ? rest.trim() : bare) })
}

/** The program in somebody's message: only what is marked as code, since the rest is talk. */
export function parseQuoted(
  { text, attachments }: QuotedMessage,
  language?: RunLanguage,
  stdin?: string,
): ParsedRun {
  const fences = fencesIn(text)
  const input = stdin ?? fences.find(isInput)?.text
  const draft = programOf(fences, language)
  if (draft?.kind === 'unknown') return { kind: 'unknown-language', language: draft.language }
  if (draft) return finished({ ...draft, stdin: input })
  const attached = attachedProgram(attachments, language)
  if (attached) return finished({ ...attached, stdin: input })
  const said = text.trim()
  const inline = inlineCode(said)
  if (inline !== said) return finished({ language: language ?? 'javascript', source: inline, stdin: input })
  return { kind: 'no-code' }
}

/** Before the code may stand a language and arguments, behind the only fence its input. */
function parseFences(argument: string, fences: readonly Fence[]): ParsedRun {
  const [head] = fences
  const [first = '', rest = ''] = split(argument.slice(0, head?.start).trim())
  const codes = fences.filter((fence) => !isInput(fence))
  const isNamed = runLanguage(first) !== undefined || codes.every(({ name }) => name === '')
  const named = isNamed && first !== '' ? first : undefined
  const override = named === undefined ? undefined : runLanguage(named)
  if (named !== undefined && override === undefined) return { kind: 'unknown-language', language: named }
  const draft = programOf(fences, override)
  if (!draft) return { kind: 'no-code' }
  if (draft.kind === 'unknown') return { kind: 'unknown-language', language: draft.language }
  const tail = fences.length === 1 ? argument.slice(head?.end).trim() : ''
  const stdin = fences.find(isInput)?.text ?? (tail === '' ? undefined : `${tail}\n`)
  return finished({ ...draft, stdin, args: argumentsIn(isNamed ? rest : `${first} ${rest}`) })
}

/** The first fence is the program, unless one is named main; the others are its files. */
function programOf(
  fences: readonly Fence[],
  override: RunLanguage | undefined,
):
  | (Draft & { readonly kind: 'known' })
  | { readonly kind: 'unknown'; readonly language: string }
  | undefined {
  const codes = fences.filter((fence) => !isInput(fence))
  const main = codes.find(({ file }) => file !== undefined && /^main\./i.test(file)) ?? codes[0]
  if (!main) return undefined
  const told = main.file === undefined ? undefined : languageOfFile(main.file)
  const language = override ?? (main.name === '' ? (told ?? 'javascript') : runLanguage(main.name))
  if (language === undefined) return { kind: 'unknown', language: main.name }
  const files = codes.flatMap((fence, index): RunFile[] => {
    if (fence === main) return []
    const named = fence.name === '' ? language : runLanguage(fence.name)
    const ending =
      named === undefined ? fence.name.replace(/\W/g, '').slice(0, 8) || 'txt' : fileEnding(named)
    return [{ name: fence.file ?? `file${index + 1}.${ending}`, text: fence.text }]
  })
  return { kind: 'known', language, source: main.text, files }
}

/** Texts that are fetched when the program runs; undefined: none of them is a program. */
function attachedProgram(
  attachments: readonly InboundAttachment[],
  override: RunLanguage | undefined,
): Draft | undefined {
  const files = attachments.filter(({ kind }) => kind !== 'voice' && kind !== 'audio' && kind !== 'image')
  const programs = files.filter(({ name }) => languageOfFile(name) !== undefined)
  const main = programs.find(({ name }) => /^main\./i.test(name)) ?? programs[0] ?? (override && files[0])
  const language = override ?? (main && languageOfFile(main.name))
  if (!main || !language) return undefined
  const attached = files.map(
    (file): AttachedText => ({
      name: fileName(file.name),
      role: file === main ? 'source' : /^(?:stdin|input)(?:\.txt)?$/i.test(file.name) ? 'stdin' : 'file',
      reference: file.reference,
      ...(file.sizeBytes === undefined ? {} : { sizeBytes: file.sizeBytes }),
    }),
  )
  return { language, source: '', attached }
}

/** It is laid beside the program: no path, nothing that a language would stumble over. */
function fileName(name: string): string {
  const base = name.replace(/^.*[/\\]/, '').replace(/[^\w.-]+/g, '_')
  return base.replace(/^[.-]+/, '').slice(-60) || 'file'
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

function finished({ language, source, stdin, args = [], files = [], attached = [] }: Draft): ParsedRun {
  if (source.trim() === '' && attached.length === 0) return { kind: 'no-code' }
  const texts = [source, stdin ?? '', args.join('\0'), files.map(({ text }) => text).join('')]
  const isLong =
    texts.some((text) => Buffer.byteLength(text) > MAX_SOURCE_BYTES) ||
    attached.some(({ sizeBytes = 0 }) => sizeBytes > MAX_SOURCE_BYTES) ||
    files.length + attached.length > MAX_FILES
  if (isLong) return { kind: 'too-long' }
  return {
    kind: 'code',
    code: {
      language,
      source,
      ...(stdin === undefined ? {} : { stdin }),
      ...(args.length === 0 ? {} : { args }),
      ...(files.length === 0 ? {} : { files }),
      ...(attached.length === 0 ? {} : { attached }),
    },
  }
}

/** What `parseRun` reads the same program from: for forms, whose fields hold its parts. */
export function runArgument(parts: {
  readonly language: string | undefined
  readonly code: string
  readonly args?: string | undefined
  readonly stdin?: string | undefined
}): string {
  const { language, code, args = '', stdin = '' } = parts
  const head = [language ?? '', args.replaceAll(/\s+/g, ' ').replaceAll('`', "'")].join(' ').trim()
  const input = stdin === '' ? '' : fence('stdin', stdin)
  if (code.trim() === '') return [head, input].filter(Boolean).join('\n')
  if (head === '' && input === '') return code
  const program = args === '' ? [fence(language ?? 'js', code)] : [head, fence(language ? '' : 'js', code)]
  return [...program, input].filter(Boolean).join('\n')
}

/** Longer than any fence in the text, so that the text cannot end it. */
function fence(name: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const marks = '`'.repeat(longest + 1)
  return `${marks}${name}\n${text}\n${marks}`
}
