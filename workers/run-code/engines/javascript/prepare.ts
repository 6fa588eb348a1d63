import { type Node, type Program, parse } from 'acorn'
import { type Transform, transform } from 'sucrase'
import type { Segment } from './segments.ts'
import { type Locate, type Position, SOURCE_NAME } from './stack.ts'

export type GuestLanguage = keyof typeof SOURCE_NAME

/** What is evaluated for a source text, and the way back from its positions. */
export interface Prepared {
  readonly code: string
  /** The code is a call of an async function, because it awaits at top level. */
  readonly isAsync: boolean
  /** The last statement is an expression, so that its value means something. */
  readonly hasValue: boolean
  readonly locate: Locate
  /** Where our own parser stumbled; the engine's syntax errors come without a position. */
  readonly syntaxAt?: Position
}

export class PrepareError extends Error {
  readonly at: Position | undefined

  constructor(name: string, message: string, at?: Position) {
    super(message)
    this.name = name
    this.at = at
  }
}

type Move = (position: Position) => Position

interface Edit {
  readonly at: number
  readonly insert: string
}

const ASYNC_HEAD = '(async()=>{'

/** `exists`: whether the program has a module of that name. */
export function prepare(
  language: GuestLanguage,
  source: string,
  exists: (name: string) => boolean,
): Prepared {
  const types: Transform[] = language === 'typescript' ? ['typescript'] : []
  const plain = prepareWith(types, language, source, exists)
  // Imports become calls only where there are any: a program without them stays as it was written.
  return plain === 'imports' ? withImports([...types, 'imports'], language, source, exists) : plain
}

function withImports(...how: Parameters<typeof prepareWith>): Prepared {
  const prepared = prepareWith(...how)
  if (prepared === 'imports') throw new PrepareError('SyntaxError', 'This import cannot be understood')
  return prepared
}

function prepareWith(
  transforms: Transform[],
  language: GuestLanguage,
  source: string,
  exists: (name: string) => boolean,
): Prepared | 'imports' {
  const stripped = transforms.length > 0 ? transformed(source, transforms) : source
  const locateTypes: Move = transforms.length > 0 ? movedColumns(source, transforms) : (at) => at
  const suffix = `\n//# sourceURL=${SOURCE_NAME[language]}`

  let program: Program
  try {
    program = parse(stripped, {
      ecmaVersion: 'latest',
      sourceType: 'script',
      allowAwaitOutsideFunction: true,
      allowImportExportEverywhere: true,
      allowHashBang: true,
    })
  } catch (error) {
    const syntaxAt = error instanceof SyntaxError ? errorPosition(error, 0) : undefined
    return {
      code: stripped + suffix,
      isAsync: false,
      hasValue: true,
      locate: locateTypes,
      ...(syntaxAt === undefined ? {} : { syntaxAt: locateTypes(syntaxAt) }),
    }
  }

  if (importsExisting(stripped, program, exists, locateTypes)) return 'imports'
  const plain = withoutModules(stripped, program)
  const last = program.body.at(-1)
  const hasValue =
    (last?.type === 'ExportDefaultDeclaration' && !isNamed(last.declaration)) ||
    (last?.type === 'ExpressionStatement' && last.directive !== 'use strict')
  if (!program.body.some(awaitsHere))
    return { code: plain + suffix, isAsync: false, hasValue, locate: locateTypes }

  const edits: Edit[] = [{ at: 0, insert: ASYNC_HEAD }]
  if (last !== undefined && hasValue) {
    const end = plain.endsWith(';', last.end) ? last.end - 1 : last.end
    edits.push({ at: last.start, insert: 'return (' }, { at: end, insert: ')' })
  }
  const edited = apply(plain, edits)
  const lines = plain.split('\n').length
  const locate: Locate = (at) => (at.line > lines ? undefined : locateTypes(edited.locate(at)))
  return { code: `${edited.code}\n})()${suffix}`, isAsync: true, hasValue, locate }
}

function transformed(source: string, transforms: Transform[]): string {
  try {
    return transform(source, { transforms, disableESTransforms: true }).code
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const message = error.message.replace(/^Error transforming [^:]*: /, '').replace(/ \(\d+:\d+\)$/, '')
    throw new PrepareError('SyntaxError', message, errorPosition(error, 1))
  }
}

/** Transforming keeps lines and moves columns; the second pass that knows them runs only for an error. */
function movedColumns(source: string, transforms: Transform[]): Move {
  let segments: Segment[] | undefined
  return (at) => {
    segments ??= segmentsOf(source, transforms)
    let best: Segment | undefined
    for (const segment of segments)
      if (segment.line === at.line - 1 && segment.column <= at.column - 1) best = segment
    if (best === undefined) return at
    return { line: at.line, column: best.sourceColumn + (at.column - best.column) }
  }
}

function segmentsOf(source: string, transforms: Transform[]): Segment[] {
  try {
    const result = transform(source, {
      transforms,
      disableESTransforms: true,
      filePath: SOURCE_NAME.typescript,
      sourceMapOptions: { compiledFilename: SOURCE_NAME.typescript },
    })
    return JSON.parse(result.sourceMap?.mappings ?? '[]')
  } catch {
    // Without them lines are still right.
    return []
  }
}

/** Throws for what cannot be imported, where it stands. */
function importsExisting(
  code: string,
  program: Program,
  exists: (name: string) => boolean,
  locate: Move,
): boolean {
  let isImporting = false
  for (const statement of program.body) {
    if (statement.type !== 'ImportDeclaration' && statement.type !== 'ExportAllDeclaration') continue
    const name = String(statement.source.value)
    isImporting = true
    if (!exists(name))
      throw new PrepareError(
        'Error',
        `Cannot import '${name}': there are no modules here but the program's own files`,
        locate(positionOf(code, statement.start)),
      )
  }
  return isImporting
}

/** Blanks `export` so that columns stay: nobody imports the program. */
function withoutModules(code: string, program: Program): string {
  let plain = code
  const blank = (from: number, to: number): void => {
    plain = plain.slice(0, from) + plain.slice(from, to).replaceAll(/[^\n\r]/g, ' ') + plain.slice(to)
  }
  for (const statement of program.body) {
    if (statement.type === 'ExportNamedDeclaration')
      blank(statement.start, statement.declaration?.start ?? statement.end)
    if (statement.type === 'ExportDefaultDeclaration') {
      blank(statement.start, statement.declaration.start)
      // Keeps an object from being read as a block, and a nameless function as a faulty declaration.
      if (!isNamed(statement.declaration))
        plain = `${plain.slice(0, statement.start)}0,${plain.slice(statement.start + 2)}`
    }
  }
  return plain
}

function isNamed(declaration: Node): boolean {
  return /Declaration$/.test(declaration.type) && 'id' in declaration && declaration.id !== null
}

/** Whether an await belongs to the top level, that is, to no function inside. */
function awaitsHere(node: Node): boolean {
  if (node.type === 'AwaitExpression') return true
  if (node.type === 'ForOfStatement' && 'await' in node && node.await === true) return true
  if (/Function/.test(node.type)) return false
  return Object.values(node).some((child) =>
    Array.isArray(child)
      ? child.some((item) => isNode(item) && awaitsHere(item))
      : isNode(child) && awaitsHere(child),
  )
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

/** Inserts texts that hold no line break, and takes them out of positions again. */
function apply(code: string, edits: readonly Edit[]): { readonly code: string; readonly locate: Move } {
  let result = ''
  let from = 0
  const places: { line: number; column: number; length: number }[] = []
  for (const edit of edits) {
    result += code.slice(from, edit.at)
    from = edit.at
    places.unshift({ ...positionOf(result, result.length), length: edit.insert.length })
    result += edit.insert
  }
  const locate: Move = (at) => {
    let column = at.column
    for (const place of places)
      if (place.line === at.line && column > place.column)
        column = Math.max(place.column, column - place.length)
    return { line: at.line, column }
  }
  return { code: result + code.slice(from), locate }
}

function positionOf(code: string, offset: number): Position {
  const before = code.slice(0, offset)
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') }
}

/** acorn counts columns from 0, sucrase from 1. */
function errorPosition(error: SyntaxError, firstColumn: 0 | 1): Position | undefined {
  const match = / \((\d+):(\d+)\)$/.exec(error.message)
  return match === null ? undefined : { line: Number(match[1]), column: Number(match[2]) + 1 - firstColumn }
}
