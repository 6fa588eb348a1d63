import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transform } from 'sucrase'
import { HubError } from '../../src/model/errors.ts'
import type { ChildOptions } from './child/main.ts'
import type { GuestSource } from './engine.ts'

const CHILD: GuestSource = {
  entry: fileURLToPath(new URL('./child/main.ts', import.meta.url)),
  packages: [],
}
const REQUIRE = /\brequire\(['"]([^'"\n]+)['"]\)/g
/** 7.0.1 repairs escapes from the isolate. */
const OLDEST_ISOLATE = [7, 0, 1] as const

/**
 * The whole of a child as one text for Node's standard input: jitless Node can strip no types, and a child
 * that reads no file needs no right to. Costs some tens of milliseconds; made once per engine and runner.
 */
export function childProgram(
  does: 'serve' | 'capture',
  guest: GuestSource,
  options: Omit<ChildOptions, 'guest'>,
): string {
  const whole: ChildOptions = { ...options, guest: bundle(guest) }
  return programText(CHILD, does, whole)
}

/** A module with all it requires, and the call of one of its functions. */
export function programText(source: GuestSource, does: string, options: object): string {
  return `${bundle(source)}.${does}(${JSON.stringify(options)})\n`
}

/** The prebuilt binary for this Node. Throws `run_unavailable` where isolated-vm is missing or too old. */
export function findIsolateAddon(): string {
  const require = createRequire(import.meta.url)
  try {
    const manifest = require.resolve('isolated-vm/package.json')
    const { version }: { version: string } = JSON.parse(readFileSync(manifest, 'utf8'))
    requireIsolateVersion(version)
    const locate: { path(folder: string): string } = createRequire(manifest)('node-gyp-build')
    return locate.path(dirname(manifest))
  } catch (error) {
    if (error instanceof HubError) throw error
    throw new HubError('run_unavailable', 'isolated-vm has no binary for this Node', { cause: error })
  }
}

/** Throws `run_unavailable` for versions with known escapes. */
export function requireIsolateVersion(version: string): void {
  const numbers = version.split(/[.-]/).slice(0, 3).map(Number)
  const isPrerelease = version.includes('-')
  for (const [index, oldest] of OLDEST_ISOLATE.entries()) {
    const number = numbers[index] ?? Number.NaN
    if (number > oldest) return
    if (number !== oldest) throw tooOld(version)
  }
  if (isPrerelease) throw tooOld(version)
}

function tooOld(version: string): HubError {
  const oldest = OLDEST_ISOLATE.join('.')
  return new HubError('run_unavailable', `isolated-vm ${version} is older than ${oldest}, which is needed`)
}

/** An expression whose value is the exports of the entry, with all it requires inside. */
function bundle({ entry, packages, replaced = {}, rewritten = {} }: GuestSource): string {
  const ids = new Map<string, number>()
  const factories: string[] = []

  function add(file: string, rewrite?: (text: string) => string): number {
    const known = ids.get(file)
    if (known !== undefined) return known
    const id = ids.size
    ids.set(file, id)
    const text = readFileSync(file, 'utf8')
    const code = rewrite === undefined ? asCommonJs(file, text) : rewrite(text)
    const require = createRequire(file)
    const names: Record<string, number> = {}
    for (const [, name] of code.matchAll(REQUIRE)) {
      if (name === undefined || !(name.startsWith('.') || packages.includes(name))) continue
      names[name] = add(replaced[name] ?? require.resolve(name), rewritten[name])
    }
    factories[id] = `[${JSON.stringify(names)},function(require,module,exports){${code}\n}]`
    return id
  }

  const first = add(entry)
  return `(()=>{
const outer=typeof require==='function'?require:undefined
const factories=[${factories.join(',\n')}]
const loaded=[]
function load(id){
if(loaded[id])return loaded[id].exports
const module=loaded[id]={exports:{}}
const [names,factory]=factories[id]
factory(name=>name in names?load(names[name]):outer(name),module,module.exports)
return module.exports
}
return load(${first})
})()`
}

function asCommonJs(file: string, text: string): string {
  if (file.endsWith('.ts'))
    return transform(text, { transforms: ['typescript', 'imports'], disableESTransforms: true }).code
  // The prelude of a language, in that language.
  return file.endsWith('.js') ? text : `module.exports=${JSON.stringify(text)}`
}
