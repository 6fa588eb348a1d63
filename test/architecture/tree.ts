import { type Dirent, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSourceFile, type SourceFile } from './source-file.ts'

const SOURCE_FOLDERS = ['src', 'adapters', 'workers', 'config', 'test']
const SOURCE = /\.(?:ts|mts|mjs|cjs|js)$/
/** Scripts for browsers import nothing of ours, and what a platform's page holds is no product code. */
const NO_SOURCE = /(?:^|\/)(?:assets|crypto-stub)\//

export interface Tree {
  readonly files: readonly SourceFile[]
  /** Names at the top, without dot-files and what git ignores. */
  readonly topLevel: readonly string[]
}

export function readTree(root: string): Tree {
  const files = SOURCE_FOLDERS.filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => pathsUnder(root, folder))
    .map((path) => readSourceFile(root, path))
  const ignored = ignoredNames(root)
  const topLevel = readdirSync(root).filter(
    (name) => !name.startsWith('.') && !ignored.some((pattern) => pattern.test(name)),
  )
  return { files, topLevel }
}

function pathsUnder(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry: Dirent) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : pathsUnder(root, path)
    return SOURCE.test(path) && !NO_SOURCE.test(path) ? [path] : []
  })
}

/** The plain names and `*` patterns of the root's `.gitignore`. */
function ignoredNames(root: string): RegExp[] {
  const path = join(root, '.gitignore')
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => line.trim().replace(/^\/|\/$/g, ''))
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => new RegExp(`^${line.replaceAll('.', '\\.').replaceAll('*', '.*')}$`))
}
