import { loadPyodide } from 'pyodide'
import createPyodideModule from 'pyodide/pyodide.asm.mjs'
import lock from 'pyodide/pyodide-lock.json' with { type: 'json' }
import { type Outcome, runAtOnce } from '../../child/guest/at-once.ts'
import { installEnvironment } from '../../child/guest/environment.ts'
import type { OpenGuest } from '../../child/guest/guest.ts'
import { createWriter } from '../../child/guest/writer.ts'
import runner from './runner.py'

/** What the runner says of a program, as JSON. */
interface Report {
  readonly reason: 'ok' | 'error' | 'exit' | 'memory' | 'unsettled'
  readonly code?: number
  readonly value?: string
  readonly name?: string
  readonly message?: string
  readonly stack?: string
  readonly line?: number | null
}

type RunProgram = (
  source: string,
  stdin: string,
  args: string,
  files: string,
  seed: string,
  write: (text: string) => void,
  sleep: (ms: number) => void,
) => string

export const open: OpenGuest = async (emit, leave, maxChars, wasm, library, image) => {
  const writer = createWriter(emit, maxChars)
  const python = await load(wasm, library, {
    _loadSnapshot: image,
    stdout: (line: string) => writer.write(`${line}\n`),
    stderr: (line: string) => writer.write(`${line}\n`),
  })
  const run: RunProgram = python.pyimport('_runner').run_program
  const { parse, stringify } = JSON
  const { random } = Math
  const { wait } = Atomics
  const never = new Int32Array(new SharedArrayBuffer(4))
  const sleep = (ms: number): void => void wait(never, 0, 0, ms)

  return runAtOnce(writer, (source, stdin, args, files) => {
    const seed = Array.from({ length: 4 }, () => random()).join()
    return outcomeOf(() =>
      parse(run(source, stdin, stringify(args), stringify(files), seed, writer.write, sleep)),
    )
  })

  function outcomeOf(report: () => Report): Outcome {
    try {
      const { reason, code, value, name, message, stack, line } = report()
      if (reason === 'exit') {
        writer.flush()
        leave(code ?? 0)
        return {}
      }
      if (reason === 'error')
        return {
          error: {
            name: name ?? 'Error',
            message: message ?? '',
            stack: stack ?? '',
            ...(typeof line === 'number' ? { line } : {}),
          },
        }
      return { reason, value }
    } catch (thrown) {
      return failureOf(thrown)
    }
  }

  function failureOf(thrown: unknown): Outcome {
    const text = `${String(thrown)} ${String(Object(thrown).message)}`
    const status = /Program terminated with exit\((-?\d+)\)/.exec(text)?.[1]
    if (status !== undefined) {
      writer.flush()
      leave(Number(status) & 255)
      return {}
    }
    if (/MemoryError|Out of memory|allocation failed|memory\.grow/i.test(text)) return { reason: 'memory' }
    if (/maximum (?:call stack|recursion)/i.test(text)) {
      const message = 'maximum recursion depth exceeded'
      return { error: { name: 'RecursionError', message, stack: `RecursionError: ${message}` } }
    }
    const message = 'the program made the interpreter fail'
    return { error: { name: 'SystemError', message, stack: `SystemError: ${message}` } }
  }
}

/** The memory of an interpreter that is ready to run a program. */
export async function capture(wasm: ArrayBuffer, library: ArrayBuffer): Promise<ArrayBuffer> {
  const python = await load(wasm, library, { _makeSnapshot: true })
  python.runPython(runner)
  const snapshot: Uint8Array = Reflect.get(python, 'makeMemorySnapshot').call(python)
  return snapshot.slice().buffer
}

async function load(wasm: ArrayBuffer | undefined, library: ArrayBuffer | undefined, more: object) {
  const assets: Record<string, ArrayBuffer | undefined> = {
    '/pyodide.asm.wasm': wasm,
    '/python_stdlib.zip': library,
  }
  installEnvironment({
    takeAsset: (name: string) => {
      const asset = assets[name]
      delete assets[name]
      return asset
    },
  })
  const options = {
    indexURL: '/',
    createPyodideModule,
    lockFileContents: { info: lock.info, packages: {} },
    ...more,
  }
  const python = await loadPyodide(options as Parameters<typeof loadPyodide>[0])
  Reflect.deleteProperty(globalThis, 'takeAsset')
  Reflect.deleteProperty(globalThis, 'loadPyodide')
  return python
}
