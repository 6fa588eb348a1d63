import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import posix from 'node:path/posix'
import { parseAst } from 'vitest/node'

export interface Import {
  /** As written: `./a.ts`, `node:fs`, `zod`. */
  readonly specifier: string
  /** From the root, when the specifier is relative. */
  readonly target: string | undefined
  readonly typeOnly: boolean
  readonly line: number
}

export interface Mention {
  readonly text: string
  readonly line: number
}

/** What the rules want to know of a file. */
export interface SourceFile {
  /** From the root, with slashes. */
  readonly path: string
  readonly lineCount: number
  readonly imports: readonly Import[]
  /** Identifiers, strings and the fixed parts of templates; no comments. */
  readonly words: readonly Mention[]
  readonly environmentReads: readonly Mention[]
  /** `any`, casts through `unknown`, and comments that silence the compiler. */
  readonly looseTypes: readonly Mention[]
}

type Node = Readonly<Record<string, unknown>> & { readonly type: string; readonly start: number }

const SILENCED = /@ts-(?:ignore|expect-error|nocheck)/g

export function readSourceFile(root: string, path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8')
  const breaks = [...text.matchAll(/\n/g)].map(({ index }) => index)
  const lineAt = (offset: number) => countBelow(breaks, offset) + 1
  const imports: Import[] = []
  const words: Mention[] = []
  const environmentReads: Mention[] = []
  const looseTypes: Mention[] = []

  walk(parseAst(text, { lang: languageOf(path), sourceType: 'module' }), (node) => {
    const line = lineAt(node.start)
    const specifier = specifierOf(node)
    if (specifier !== undefined)
      imports.push({ specifier, target: targetOf(path, specifier), typeOnly: isTypeOnly(node), line })
    const word = wordOf(node)
    if (word !== undefined) words.push({ text: word, line })
    if (readsEnvironment(node)) environmentReads.push({ text: 'process.env', line })
    if (node.type === 'TSAnyKeyword') looseTypes.push({ text: 'any', line })
    if (isDoubleCast(node)) looseTypes.push({ text: 'as unknown as', line })
  })
  for (const comment of text.matchAll(SILENCED))
    looseTypes.push({ text: comment[0], line: lineAt(comment.index) })
  const lineCount = breaks.length + (text.endsWith('\n') ? 0 : 1)
  return { path, lineCount, imports, words, environmentReads, looseTypes }
}

function languageOf(path: string): 'dts' | 'ts' | 'js' {
  if (/\.d\.[mc]?ts$/.test(path)) return 'dts'
  return path.endsWith('ts') ? 'ts' : 'js'
}

/** How many of the ascending numbers lie below the limit. */
function countBelow(ascending: readonly number[], limit: number): number {
  let [from, to] = [0, ascending.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((ascending[middle] ?? limit) < limit) from = middle + 1
    else to = middle
  }
  return from
}

function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const one of value) walk(one, visit)
    return
  }
  if (!isNode(value)) return
  visit(value)
  for (const child of Object.values(value)) if (typeof child === 'object') walk(child, visit)
}

function isNode(value: unknown): value is Node {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    typeof value.type === 'string' &&
    'start' in value &&
    typeof value.start === 'number'
  )
}

const IMPORTING: ReadonlySet<string> = new Set([
  'ImportDeclaration',
  'ExportAllDeclaration',
  'ExportNamedDeclaration',
  'ImportExpression',
  'TSImportType',
])

function specifierOf(node: Node): string | undefined {
  if (!IMPORTING.has(node.type)) return undefined
  const { source } = node
  return isNode(source) && typeof source.value === 'string' ? source.value : undefined
}

function targetOf(from: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.normalize(posix.join(posix.dirname(from), specifier)) : undefined
}

function isTypeOnly(node: Node): boolean {
  if (node.type === 'TSImportType' || node.importKind === 'type' || node.exportKind === 'type') return true
  const { specifiers } = node
  if (!Array.isArray(specifiers) || specifiers.length === 0) return false
  return specifiers.every((one) => isNode(one) && (one.importKind === 'type' || one.exportKind === 'type'))
}

function wordOf(node: Node): string | undefined {
  if (node.type === 'Identifier' || node.type === 'PrivateIdentifier') return String(node.name)
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value
  if (node.type !== 'TemplateElement') return undefined
  const { value } = node
  return typeof value === 'object' && value !== null && 'raw' in value ? String(value.raw) : undefined
}

/** `process.env` however it is reached, and `env` taken from `node:process`. */
function readsEnvironment(node: Node): boolean {
  if (node.type === 'MemberExpression')
    return nameOf(node.property) === 'env' && endName(node.object) === 'process'
  if (node.type === 'VariableDeclarator')
    return endName(node.init) === 'process' && patternNames(node.id).includes('env')
  if (node.type === 'ImportDeclaration' && /^(node:)?process$/.test(specifierOf(node) ?? ''))
    return (
      Array.isArray(node.specifiers) &&
      node.specifiers.some((one) => nameOf(isNode(one) ? one.imported : one) === 'env')
    )
  return false
}

function endName(node: unknown): string | undefined {
  return isNode(node) && node.type === 'MemberExpression' ? nameOf(node.property) : nameOf(node)
}

function nameOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined
  if (node.type === 'Identifier') return String(node.name)
  return node.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined
}

function patternNames(pattern: unknown): (string | undefined)[] {
  if (!isNode(pattern) || !Array.isArray(pattern.properties)) return []
  return pattern.properties.map((one) => (isNode(one) ? nameOf(one.key) : undefined))
}

function isDoubleCast(node: Node): boolean {
  const { expression } = node
  if (node.type !== 'TSAsExpression' || !isNode(expression) || expression.type !== 'TSAsExpression')
    return false
  const { typeAnnotation } = expression
  return isNode(typeAnnotation) && typeAnnotation.type === 'TSUnknownKeyword'
}
