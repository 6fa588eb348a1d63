import { LuaEngine, LuaWasm } from 'wasmoon'
import { type Outcome, runAtOnce } from '../../child/guest/at-once.ts'
import { installEnvironment } from '../../child/guest/environment.ts'
import type { OpenGuest } from '../../child/guest/guest.ts'
import { createWriter } from '../../child/guest/writer.ts'
import prelude from './prelude.lua'

const SOURCE_NAME = 'main.lua'

export const open: OpenGuest = async (emit, leave, maxChars, wasm = new ArrayBuffer(0)) => {
  installEnvironment({ fetch: async () => ({ ok: true, arrayBuffer: async () => wasm }) })
  const wasmLua = await LuaWasm.initialize('/glue.wasm')
  const engine = new LuaEngine(wasmLua, {
    injectObjects: false,
    enableProxy: false,
  })
  const { global } = engine
  const writer = createWriter(emit, maxChars)
  let outcome: Outcome = {}
  const host: Readonly<Record<string, unknown>> = {
    write: (text: unknown) => writer.write(String(text)),
    exit: (code: unknown) => {
      writer.flush()
      leave(Number(code) & 255)
    },
    succeed: (value?: unknown) => {
      outcome = typeof value === 'string' ? { value } : {}
    },
    fail: (message: unknown, stack: unknown) => {
      outcome = failureOf(String(message), String(stack))
    },
  }
  for (const [name, call] of Object.entries(host)) global.set(`host_${name}`, call)
  global.loadString(prelude, '=prelude')
  global.runSync()

  return runAtOnce(writer, (source, stdin, args, files) => {
    for (const { name, text } of files) wasmLua.module.FS.writeFile(`/${name}`, text)
    global.call('run_program', source, stdin, [...args])
    return outcome
  })
}

function failureOf(message: string, stack: string): Outcome {
  if (message === 'not enough memory') return { reason: 'memory' }
  const at = /^main\.lua:(\d+): /.exec(message)
  const plain = at === null ? message : message.slice(at[0].length)
  const name = at !== null && / near | expected/.test(plain) && stack === '' ? 'SyntaxError' : 'LuaError'
  const frames = stack
    .split('\n')
    .filter((frame) => frame.trimStart().startsWith(`${SOURCE_NAME}:`))
    .map((frame) => `    at ${frame.trim().replace(/: in (?:the )?/, ' in ')}`)
  const place = at ?? /main\.lua:(\d+)/.exec(frames[0] ?? '')
  const line = place === null ? undefined : Number(place[1])
  if (frames.length === 0 && line !== undefined) frames.push(`    at ${SOURCE_NAME}:${line}`)
  return {
    error: {
      name,
      message: plain,
      stack: [`${name}: ${plain}`, ...frames].join('\n'),
      ...(line === undefined ? {} : { line }),
    },
  }
}
