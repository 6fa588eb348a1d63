import { RUN_LANGUAGE_LABELS, RUN_LANGUAGES, type RunLanguage } from '../model/command.ts'

/** What people write after the command and on fences. */
const NAMES: Readonly<Record<RunLanguage, readonly string[]>> = {
  javascript: ['javascript', 'js', 'mjs', 'cjs', 'node', 'nodejs', 'jsx'],
  typescript: ['typescript', 'ts', 'mts', 'cts', 'tsx', 'deno'],
  python: ['python', 'py', 'python3', 'py3', 'pyodide'],
  sql: ['sql', 'sqlite', 'sqlite3'],
  lua: ['lua', 'lua5', 'luajit'],
}

/** Endings of files, the usual one first. */
const ENDINGS: Readonly<Record<RunLanguage, readonly [string, ...string[]]>> = {
  javascript: ['js', 'mjs', 'cjs', 'jsx'],
  typescript: ['ts', 'mts', 'cts', 'tsx'],
  python: ['py'],
  sql: ['sql'],
  lua: ['lua'],
}

/** Whatever its case; undefined for a language that is not run here. */
export function runLanguage(name: string): RunLanguage | undefined {
  return RUN_LANGUAGES.find((language) => NAMES[language].includes(name.toLowerCase()))
}

export function languageOfFile(name: string): RunLanguage | undefined {
  const ending = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase()
  return ending === undefined
    ? undefined
    : RUN_LANGUAGES.find((language) => ENDINGS[language].includes(ending))
}

export function fileEnding(language: string): string {
  const known = RUN_LANGUAGES.find((one) => one === language)
  return known === undefined ? 'txt' : ENDINGS[known][0]
}

export const RUN_LANGUAGE_LIST = RUN_LANGUAGES.map((language) => RUN_LANGUAGE_LABELS[language]).join(', ')

/** Names of languages that people may ask for; those that are words of programs too are not among them. */
const OTHERS: ReadonlySet<string> = new Set(
  `ada apl asm assembly awk bash basic bf brainfuck c# c++ clj clojure cobol coffeescript cpp crystal csharp cs
  css cxx dart elixir elm erl erlang ex f# fish forth fortran fsharp gcc gdscript gleam go golang groovy haskell
  hs html java jl json julia julialang kotlin kt lisp matlab nim objc objective-c ocaml octave odin pascal perl
  perl6 php pl pascal postgres postgresql powershell prolog ps1 psql pwsh r racket raku rb reason ruby rust rs
  scala scheme sh shell smalltalk solidity swift tcl v vala vb vbnet verilog vhdl wasm xml yaml zig zsh`.split(
    /\s+/,
  ),
)

/** Words that begin statements, after which a name or a number is no surprise. */
const STATEMENTS: ReadonlySet<string> = new Set(
  `abstract async await break case class const continue debugger declare default delete do else enum export
  extends finally for from function get if import in instanceof interface let module namespace new of return
  set static switch throw try type typeof using var void while with yield`.split(/\s+/),
)

/**
 * The language that bare text asks for by its first word although none of that name is run here: a known
 * name, or a word that is followed by another as no program in JavaScript begins.
 */
export function languageMeant(text: string): string | undefined {
  const [, word = '', space = '', next = ''] = /^([a-z][\w+#-]{0,30})(\s+)([\s\S])/i.exec(text) ?? []
  if (word === '' || STATEMENTS.has(word)) return undefined
  const isName =
    OTHERS.has(word.toLowerCase()) && (space.includes('\n') || !/[=.,;:?()[\]*/%&|^<>!+-]/.test(next))
  const second = /^[a-z_$]\w*/i.exec(text.slice(word.length + space.length))?.[0]
  const isOperator = second !== undefined && /^(?:in|instanceof|of|as|satisfies)$/.test(second)
  const isNoProgram = !space.includes('\n') && /[\w$"'`#]/.test(next) && !isOperator
  return isName || isNoProgram ? word : undefined
}
