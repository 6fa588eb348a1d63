import {
  isWithin,
  LIBRARY_ROOMS,
  MAX_LINES,
  MAY_IMPORT_ENTRIES,
  MAY_READ_ENVIRONMENT,
  NOT_A_PLATFORM,
  PLATFORM_NAMES,
  ROOMS,
  roomOf,
  TOP_LEVEL,
  WITHOUT_PLATFORM_NAMES,
} from './rooms.ts'
import type { Import, SourceFile } from './source-file.ts'
import type { Tree } from './tree.ts'

/** One rule of the tree: every violation as a line that says where and what to do. */
export type Rule = (tree: Tree) => readonly string[]

export const RULES: Readonly<Record<string, Rule>> = {
  'arrows point one way': ({ files }) => files.filter(isProduct).flatMap(wrongArrows),
  'no import cycles, types included': ({ files }) => cycles(files),
  'an adapter is entered by its index': ({ files }) =>
    files.filter(isProduct).flatMap((file) => file.imports.flatMap((one) => pastTheIndex(file, one))),
  'entries are imported by journeys and their support only': ({ files }) =>
    files
      .filter(({ path }) => !isIn(path, MAY_IMPORT_ENTRIES))
      .flatMap((file) =>
        file.imports
          .filter(({ target }) => target !== undefined && isWithin(target, 'src/entry'))
          .map(({ line, target }) => `${file.path}:${line} imports the entry ${target}`),
      ),
  'each library stays in its room': ({ files }) => files.filter(isProduct).flatMap(strayLibraries),
  'the environment is read in one place': ({ files }) =>
    files
      .filter(({ path }) => !isIn(path, MAY_READ_ENVIRONMENT))
      .flatMap(({ path, environmentReads }) =>
        environmentReads.map(({ line }) => `${path}:${line} reads the environment; take it as an argument`),
      ),
  'no platform is named where all are served': ({ files }) =>
    files.filter(({ path }) => isIn(path, WITHOUT_PLATFORM_NAMES)).flatMap(namedPlatforms),
  'types are not loosened': ({ files }) =>
    files.flatMap(({ path, looseTypes }) =>
      looseTypes.map(({ text, line }) => `${path}:${line} says ${text}`),
    ),
  'files fit a screen or two': ({ files }) =>
    files
      .filter(({ lineCount }) => lineCount > MAX_LINES)
      .map(({ path, lineCount }) => `${path} has ${lineCount} lines, more than ${MAX_LINES}`),
  'the top level holds what was agreed': ({ topLevel }) =>
    topLevel.filter((name) => !TOP_LEVEL.has(name)).map((name) => `${name} does not belong at the top level`),
}

function isProduct({ path }: SourceFile): boolean {
  return !isWithin(path, 'test')
}

function isIn(path: string, rooms: readonly string[]): boolean {
  return rooms.some((room) => isWithin(path, room))
}

function wrongArrows({ path, imports }: SourceFile): string[] {
  const room = roomOf(path)
  const { imports: allowed = [], types = [] } = (room && ROOMS[room]) || {}
  if (room === undefined) return [`${path} stands in no room: give it one in test/architecture/rooms.ts`]
  return imports.flatMap(({ target, typeOnly, line }) => {
    if (target === undefined || target === 'package.json') return []
    const other = roomOf(target) ?? target
    if (other === room || allowed.includes(other) || (typeOnly && types.includes(other))) return []
    const kind = types.includes(other) ? 'values' : 'anything'
    return [`${path}:${line} imports ${target}: ${room} may not import ${kind} from ${other}`]
  })
}

function pastTheIndex(file: SourceFile, { target, line }: Import): string[] {
  const adapter = /^adapters\/[^/.]+(?=\/)/.exec(target ?? '')?.[0]
  if (target === undefined || adapter === undefined || isWithin(file.path, adapter)) return []
  return target === `${adapter}/index.ts`
    ? []
    : [`${file.path}:${line} imports ${target} past ${adapter}/index.ts`]
}

function strayLibraries({ path, imports }: SourceFile): string[] {
  return imports.flatMap(({ specifier, target, line }) => {
    if (target !== undefined || specifier.startsWith('node:')) return []
    const library = specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/')
    const rooms = LIBRARY_ROOMS[library] ?? LIBRARY_ROOMS[library.replace(/\/.*/, '/*')]
    if (rooms === undefined)
      return [`${path}:${line} imports ${library}, which has no room in test/architecture/rooms.ts`]
    if (rooms === 'everywhere' || isIn(path, rooms)) return []
    return [`${path}:${line} imports ${library}, which stays in ${rooms.join(', ')}`]
  })
}

function namedPlatforms({ path, words }: SourceFile): string[] {
  return words
    .filter(({ text }) => !NOT_A_PLATFORM.has(text) && partsOf(text).some((part) => PLATFORM_NAMES.has(part)))
    .map(({ text, line }) => `${path}:${line} names a platform: ${text.slice(0, 60)}`)
}

/** `isSlackThread`, `slack_thread` and `slack:thread` all hold the word slack. */
function partsOf(text: string): string[] {
  return text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[^A-Za-z]+/)
    .map((part) => part.toLowerCase())
}

/** Tarjan's strongly connected components: each group of files that import each other, once. */
function cycles(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const order = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const found: string[] = []

  function visit(file: SourceFile): number {
    const { path } = file
    order.set(path, order.size)
    let lowest = order.size - 1
    stack.push(path)
    for (const { target } of file.imports) {
      const next = target === undefined ? undefined : byPath.get(target)
      if (next === undefined) continue
      const known = order.get(next.path)
      if (known === undefined) lowest = Math.min(lowest, visit(next))
      else if (stack.includes(next.path)) lowest = Math.min(lowest, low.get(next.path) ?? known, known)
      if (next === file) found.push(`${path} imports itself`)
    }
    low.set(path, lowest)
    if (lowest === order.get(path)) {
      const group = stack.splice(stack.indexOf(path))
      if (group.length > 1) found.push(`these import each other: ${group.sort().join(', ')}`)
    }
    return lowest
  }

  for (const file of files) if (!order.has(file.path)) visit(file)
  return found
}
