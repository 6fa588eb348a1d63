import { Utf8Decoder, Utf8Encoder } from './encoding.ts'

/**
 * What programs made by Emscripten expect to find around them and an isolate lacks. Nothing here reaches out
 * of the isolate. Returns the call that takes the names away again, for engines whose programs see globals.
 */
export function installEnvironment(more: Readonly<Record<string, unknown>> = {}): () => void {
  const now = Date.now
  const startedAt = now()
  const silent = (): void => undefined
  const names: Readonly<Record<string, unknown>> = {
    console: { log: silent, warn: silent, error: silent, info: silent, debug: silent },
    performance: { now: () => now() - startedAt, timeOrigin: startedAt },
    TextDecoder: Utf8Decoder,
    TextEncoder: Utf8Encoder,
    setTimeout: () => {
      throw new Error('There are no timers here')
    },
    clearTimeout: silent,
    ...more,
  }
  for (const [name, value] of Object.entries(names))
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false })
  compileAtOnce()
  return () => {
    for (const name of Object.keys(names)) Reflect.deleteProperty(globalThis, name)
  }
}

/** Node's own types do without them. */
interface WebAssemblyNames {
  readonly Module: new (bytes: object) => object
  readonly Instance: new (module: object, imports: object) => object
}

/** In isolated-vm the promises of asynchronous compilation never settle. */
function compileAtOnce(): void {
  const wasm: WebAssemblyNames = Reflect.get(globalThis, 'WebAssembly')
  const { Module, Instance } = wasm
  Object.assign(wasm, {
    compile: async (bytes: ArrayBuffer) => new Module(bytes),
    instantiate: async (from: object, imports: object) => {
      if (from instanceof Module) return new Instance(from, imports)
      const module = new Module(from)
      return { module, instance: new Instance(module, imports) }
    },
  })
}
