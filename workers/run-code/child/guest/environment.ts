import { Utf8Decoder, Utf8Encoder } from './encoding.ts'

/**
 * What programs made by Emscripten expect to find around them and an isolate lacks. Nothing here reaches out
 * of the isolate.
 */
export function installEnvironment(more: Readonly<Record<string, unknown>> = {}): void {
  const now = Date.now
  const startedAt = now()
  const silent = (): void => undefined
  const names: Readonly<Record<string, unknown>> = {
    console: { log: silent, warn: silent, error: silent, info: silent, debug: silent },
    performance: { now: () => now() - startedAt, timeOrigin: startedAt },
    TextDecoder: Decoder,
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
}

type Encoding = 'utf-8' | 'utf-16le' | 'latin1'

/** The encodings that texts are kept in on the other side. */
class Decoder {
  readonly #encoding: Encoding

  constructor(label = 'utf-8') {
    this.#encoding = label === 'utf-16le' || label === 'latin1' ? label : 'utf-8'
  }

  decode(input: ArrayBufferView | ArrayBuffer = new ArrayBuffer(0)): string {
    const bytes = ArrayBuffer.isView(input)
      ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
      : new Uint8Array(input)
    if (this.#encoding === 'latin1') return textOf(bytes)
    // A copy: two-byte units must begin at an even place.
    if (this.#encoding === 'utf-16le') return textOf(new Uint16Array(bytes.slice().buffer))
    return new Utf8Decoder().decode(bytes)
  }
}

const CHUNK = 8_192

function textOf(units: Uint8Array | Uint16Array): string {
  let text = ''
  for (let from = 0; from < units.length; from += CHUNK)
    text += String.fromCharCode(...units.subarray(from, from + CHUNK))
  return text
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
