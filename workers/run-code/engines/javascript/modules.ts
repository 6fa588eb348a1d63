import { transform } from 'sucrase'
import type { SourceFile } from '../../child/guest/guest.ts'

export interface Modules {
  /** undefined: there is none of that name. */
  resolve(name: string): string | undefined
  /** Runs a file once, at its first call. Throws what it throws, or that there is none. */
  require(name: unknown): unknown
  /** A file's text, as the program reads it. */
  read(name: string): string | undefined
  readonly names: readonly string[]
}

const ENDINGS = ['', '.js', '.ts', '.mjs', '.cjs', '.mts', '.cts', '.jsx', '.tsx', '.json']

interface Module {
  exports: unknown
}

/** The program's own files, to be required or read, beside the few modules that are built in. */
export function createModules(
  files: readonly SourceFile[],
  builtIn: Readonly<Record<string, unknown>>,
  evaluate: (code: string) => unknown,
): Modules {
  const texts = new Map(files.map(({ name, text }) => [name, text]))
  const loaded = new Map<string, Module>()
  const parse = JSON.parse

  const fileOf = (name: string): string | undefined => {
    const bare = name.replace(/^(?:\.?\/)+/, '')
    const ending = ENDINGS.find((one) => texts.has(bare + one))
    return ending === undefined ? undefined : bare + ending
  }
  const resolve = (name: string): string | undefined => {
    const plain = name.replace(/^node:/, '')
    return !name.startsWith('.') && Object.hasOwn(builtIn, plain) ? plain : fileOf(name)
  }

  function require(name: unknown): unknown {
    const known = resolve(String(name))
    if (known === undefined)
      throw new Error(
        `Cannot require '${String(name)}': there are no modules here but the program's own files`,
      )
    if (!texts.has(known)) return builtIn[known]
    const found = loaded.get(known)
    if (found !== undefined) return found.exports
    const module: Module = { exports: {} }
    loaded.set(known, module)
    const text = texts.get(known) ?? ''
    if (known.endsWith('.json')) module.exports = parse(text)
    else {
      const run = evaluate(
        `(function(exports,require,module){${asCommonJs(known, text)}\n})\n//# sourceURL=${known}`,
      )
      if (typeof run === 'function') Reflect.apply(run, module.exports, [module.exports, require, module])
    }
    return module.exports
  }

  return {
    resolve,
    require,
    read: (name) => texts.get(name.replace(/^(?:\.?\/)+/, '')),
    names: [...texts.keys()],
  }
}

function asCommonJs(name: string, text: string): string {
  const isTyped = /\.[mc]?tsx?$/.test(name)
  return transform(text, {
    transforms: isTyped ? ['typescript', 'imports'] : ['imports'],
    disableESTransforms: true,
  }).code
}
