import { atob, btoa, Utf8Decoder, Utf8Encoder } from '../../child/guest/encoding.ts'
import type { SourceFile } from '../../child/guest/guest.ts'
import { structuredClone } from './clone.ts'
import { createConsole } from './console.ts'
import { formatLine } from './format.ts'
import type { Inspector } from './inspect.ts'
import { createModules, type Modules } from './modules.ts'

export interface GlobalParts {
  readonly write: (text: string) => void
  readonly exit: (code: number) => never
  readonly inspector: Inspector
  readonly timers: Readonly<Record<string, unknown>>
  readonly stdin: string
  readonly args: readonly string[]
  readonly files: readonly SourceFile[]
  readonly evaluate: (code: string) => unknown
}

/** The names a program finds: those of Node that need neither files, network nor environment. */
export function installGlobals(parts: GlobalParts): Modules {
  const { write, exit, inspector, stdin, args } = parts
  const now = Date.now
  const startedAt = now()
  const lines = stdin === '' ? [] : stdin.replace(/\r?\n$/, '').split(/\r?\n/)
  let nextLine = 0
  const then = Promise.prototype.then
  const resolved = Promise.resolve()
  const later = (callback: unknown, ...values: unknown[]): void => {
    if (typeof callback !== 'function')
      throw new TypeError('The "callback" argument must be of type function')
    then.call(resolved, () => void Reflect.apply(callback, undefined, values))
  }
  const leave = (code?: unknown): never => exit(exitCode(code ?? process.exitCode))
  const stream = {
    isTTY: false,
    write: (text: unknown) => {
      write(String(text))
      return true
    },
  }
  const process: Record<string, unknown> = {
    argv: ['node', 'main.js', ...args],
    env: {},
    exitCode: undefined,
    exit: leave,
    nextTick: later,
    stdout: stream,
    stderr: stream,
    platform: 'linux',
    version: '',
    versions: {},
    uptime: () => (now() - startedAt) / 1_000,
    hrtime: Object.assign(
      () => [Math.trunc((now() - startedAt) / 1_000), ((now() - startedAt) % 1_000) * 1e6],
      {
        bigint: () => BigInt(now() - startedAt) * 1_000_000n,
      },
    ),
    cwd: () => '/',
    on: () => process,
  }
  const readFileSync = (file: unknown): string => readText(modules, file, stdin)
  const readFile = async (file: unknown): Promise<string> => readFileSync(file)
  const modules = createModules(
    parts.files,
    {
      util: { inspect: inspector.inspect, format: (...values: unknown[]) => formatLine(inspector, values) },
      fs: {
        readFileSync,
        existsSync: (file: unknown) => modules.read(String(file)) !== undefined,
        readdirSync: () => [...modules.names],
        promises: { readFile },
      },
      'fs/promises': { readFile },
      process,
    },
    parts.evaluate,
  )
  const main = { exports: {} }

  const globals: Record<string, unknown> = {
    ...parts.timers,
    console: createConsole(write, inspector),
    global: globalThis,
    process,
    exit: leave,
    stdin,
    args: [...args],
    prompt: (question?: unknown) => {
      if (question !== undefined) write(`${question}`)
      return lines[nextLine++] ?? null
    },
    require: Object.assign((name: unknown) => modules.require(name), { main }),
    module: main,
    exports: main.exports,
    queueMicrotask: later,
    structuredClone,
    TextEncoder: Utf8Encoder,
    TextDecoder: Utf8Decoder,
    atob,
    btoa,
    performance: { now: () => now() - startedAt, timeOrigin: startedAt },
  }
  for (const [name, value] of Object.entries(globals))
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false })
  return modules
}

function readText(modules: Modules, file: unknown, stdin: string): string {
  if (file === 0 || file === '/dev/stdin') return stdin
  const text = modules.read(String(file))
  if (text !== undefined) return text
  throw new Error("There are no files here but the program's own; standard input (0) can be read as well")
}

function exitCode(code: unknown): number {
  const number = Number(code ?? 0)
  return Number.isInteger(number) ? number & 255 : 1
}
