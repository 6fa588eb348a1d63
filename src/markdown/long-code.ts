import { languageOf } from './normalize.ts'
import { closingFence } from './sections.ts'

/** In characters: more than three messages of the smallest platform. */
export const LONG_CODE = 6_000
const SHOWN_LINES = 25
const SHOWN_CHARACTERS = 1_200

export interface LongCode {
  /** With an ending that tells the language. */
  readonly name: string
  readonly value: string
  /** The text with the code's beginning alone, and the file's name under it. */
  readonly markdown: string
}

const ENDINGS: Readonly<Record<string, string>> = {
  bash: 'sh',
  'c#': 'cs',
  'c++': 'cpp',
  csharp: 'cs',
  golang: 'go',
  javascript: 'js',
  kotlin: 'kt',
  markdown: 'md',
  python: 'py',
  ruby: 'rb',
  rust: 'rs',
  shell: 'sh',
  typescript: 'ts',
  yaml: 'yml',
}

const FENCE = /^(`{3,}(?=[^`]*$)|~{3,})[ \t]*(\S*)/

/** The longest fence at the margin, where it is too long to be read in a chat. Linear. */
export function longCode(markdown: string): LongCode | undefined {
  if (markdown.length <= LONG_CODE) return undefined
  const lines = markdown.replace(/\r\n?/g, '\n').split('\n')
  let longest: { from: number; to: number; language: string; value: string } | undefined
  for (let at = 0; at < lines.length; at++) {
    const [, mark, info = ''] = FENCE.exec(lines[at] ?? '') ?? []
    if (mark === undefined) continue
    const to = closingFence(lines, at + 1, mark)
    const value = lines.slice(at + 1, to).join('\n')
    if (value.length > Math.max(LONG_CODE, longest?.value.length ?? 0))
      longest = { from: at, to, language: languageOf(info).toLowerCase(), value }
    at = to
  }
  if (!longest) return undefined
  const { from, to, language, value } = longest
  const ending = ENDINGS[language] ?? (/^[a-z0-9]{1,8}$/.test(language) ? language : 'txt')
  const name = `code.${ending}`
  const shown = [lines[from] ?? '', ...beginning(lines.slice(from + 1, to)), fenceOf(lines[from] ?? '')]
  return {
    name,
    value,
    markdown: [...lines.slice(0, from), ...shown, '', `⤓ \`${name}\``, '', ...lines.slice(to + 1)].join('\n'),
  }
}

const fenceOf = (line: string): string => FENCE.exec(line)?.[1] ?? '```'

function beginning(lines: readonly string[]): string[] {
  const taken: string[] = []
  let length = 0
  for (const line of lines.slice(0, SHOWN_LINES)) {
    const left = SHOWN_CHARACTERS - length
    if (left <= 0) break
    taken.push(line.length > left ? `${line.slice(0, left).toWellFormed()}…` : line)
    length += line.length + 1
  }
  return taken
}
