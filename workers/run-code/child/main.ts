import { createReadStream, fstatSync, readSync, writeSync } from 'node:fs'
import type ivm from 'isolated-vm'
import type { GuestState } from './guest/guest.ts'

/** Given to the child in its program text; the job itself comes on descriptor 3, answers go out on 4. */
export interface ChildOptions {
  readonly addonPath: string
  /** An expression that evaluates to the guest module. */
  readonly guest: string
  readonly cpuMs: number
  readonly heapMb: number
  readonly residentBytes: number
  readonly maxOutputBytes: number
  /** Files of the engine, open from descriptor 6 on. */
  readonly assetCount: number
}

interface Job {
  readonly language: string
  readonly source: string
  readonly stdin: string
  readonly args: readonly string[]
  readonly files: readonly { readonly name: string; readonly text: string }[]
}

const JOB_FD = 3
const ANSWER_FD = 4
const FIRST_ASSET_FD = 6
const WATCH_MS = 20

/**
 * Runs in the child process, around the isolate. The main thread never executes the program, so that it
 * stays a live watchdog; the parent holds every limit a second time.
 */
export async function serve(options: ChildOptions): Promise<void> {
  const { Isolate, Callback, ExternalCopy } = loadIsolates(options)
  const isolate = new Isolate({
    memoryLimit: options.heapMb,
    onCatastrophicError: () => finish({ reason: 'memory' }),
  })
  const context = await isolate.createContext()
  let written = 0
  let finished = false
  const emit = new Callback(
    (text: unknown) => {
      if (typeof text !== 'string' || finished) return
      written += Buffer.byteLength(text)
      send({ type: 'output', text })
      if (written > options.maxOutputBytes) finish({ reason: 'output-limit' })
    },
    { sync: true },
  )
  const leave = new Callback((code: unknown) => finish({ reason: 'exit', exitCode: Number(code) & 255 }), {
    sync: true,
  })
  const guest = await context.evalClosure(
    `return (${options.guest}).open(...arguments)`,
    [emit, leave, options.maxOutputBytes + 1_024, ...readAssets(options, ExternalCopy)],
    { result: { reference: true, promise: true } },
  )
  const method = (name: string): Promise<ivm.Reference> => guest.get(name, { reference: true })
  const [start, fire, state, rejected] = await Promise.all([
    method('start'),
    method('fire'),
    method('state'),
    method('rejected'),
  ])
  const idleBytes = currentResidentBytes()
  let peakBytes = idleBytes
  send({ type: 'ready' })

  const job = await readJob()
  const idleCpu = process.cpuUsage()
  const watch = setInterval(() => {
    if (cpuMs() > options.cpuMs) finish({ reason: 'cpu-timeout' })
    if (residentBytes() - idleBytes > options.residentBytes) finish({ reason: 'memory' })
  }, WATCH_MS)
  try {
    const { language, source, stdin, args, files } = job
    await call(start, [language, source, stdin, JSON.stringify(args), JSON.stringify(files)])
    for (;;) {
      const current: GuestState = JSON.parse(String(await call(state, [])))
      const { wait, ...outcome } = current
      if (wait === null) return finish(outcome)
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
      await call(fire, [])
    }
  } catch {
    finish({ reason: isolate.isDisposed ? 'memory' : 'internal' })
  } finally {
    clearInterval(watch)
  }

  /** isolated-vm throws an unhandled rejection out of the call during which it happened. */
  async function call(target: ivm.Reference, args: (string | number)[]): Promise<unknown> {
    try {
      return await target.apply(undefined, args)
    } catch (error) {
      if (isolate.isDisposed) throw error
      const texts =
        error instanceof Error
          ? [String(error.name), String(error.message), String(error.stack)]
          : ['Uncaught', String(error), `Uncaught ${String(error)}`]
      await rejected.apply(undefined, texts)
      return await state.apply(undefined, [])
    }
  }

  /** Of the whole process: the isolate's own clock runs on while it waits for a processor. */
  function cpuMs(): number {
    const { user, system } = process.cpuUsage(idleCpu)
    return (user + system) / 1_000
  }

  function residentBytes(): number {
    const bytes = currentResidentBytes()
    if (bytes > peakBytes) peakBytes = bytes
    return bytes
  }

  function finish(outcome: object): void {
    if (finished) return
    finished = true
    residentBytes()
    const memoryBytes = Math.max(0, peakBytes - idleBytes)
    send({ type: 'done', ...outcome, cpuMs: Math.round(cpuMs()), memoryBytes })
    // A normal exit waits for the isolate's thread and may hang or crash on it. As process 1 of a namespace
    // this has no effect; the parent kills at the first `done` in any case.
    process.kill(process.pid, 'SIGKILL')
  }
}

/**
 * Writes what the guest's `capture` gives, for other processes to be opened with: its length in four bytes,
 * lowest first, then itself. No program of a person's is ever near.
 */
export async function capture(options: ChildOptions): Promise<void> {
  const { Isolate, ExternalCopy } = loadIsolates(options)
  const isolate = new Isolate({ memoryLimit: options.heapMb })
  const context = await isolate.createContext()
  // Pending work of an isolate does not keep Node alive.
  const alive = setInterval(() => undefined, WATCH_MS)
  const image: ArrayBuffer = await context.evalClosure(
    `return (${options.guest}).capture(...arguments)`,
    readAssets(options, ExternalCopy),
    { result: { copy: true, promise: true } },
  )
  clearInterval(alive)
  const size = Buffer.alloc(4)
  size.writeUInt32LE(image.byteLength)
  write(size)
  write(new Uint8Array(image))
  process.kill(process.pid, 'SIGKILL')
}

function loadIsolates({ addonPath }: ChildOptions): typeof ivm {
  const addon: { exports: unknown } = { exports: {} }
  process.dlopen(addon, addonPath)
  return (addon.exports as { ivm: typeof ivm }).ivm
}

/** By position: the open file, and so its offset, is shared by every child. */
function readAssets(
  { assetCount }: ChildOptions,
  ExternalCopy: typeof ivm.ExternalCopy,
): ivm.Copy<ArrayBuffer>[] {
  return Array.from({ length: assetCount }, (_, index) => {
    const fd = FIRST_ASSET_FD + index
    const bytes = new Uint8Array(fstatSync(fd).size)
    for (let offset = 0; offset < bytes.length; ) {
      const count = readSync(fd, bytes, offset, bytes.length - offset, offset)
      if (count === 0) throw new Error('A file of the engine is cut off')
      offset += count
    }
    return new ExternalCopy(bytes.buffer, { transferOut: true }).copyInto({ release: true, transferIn: true })
  })
}

function currentResidentBytes(): number {
  try {
    return process.memoryUsage.rss()
  } catch {
    // There is no /proc in the strongest containment; the peak serves as well.
    return process.resourceUsage().maxRSS * 1_024
  }
}

function send(message: object): void {
  write(Buffer.from(`${JSON.stringify(message)}\n`))
}

function write(bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.length; ) offset += writeSync(ANSWER_FD, bytes, offset)
}

/** Resolves with the first line; the end of the stream means that the parent is gone. */
function readJob(): Promise<Job> {
  return new Promise((resolve) => {
    let text = ''
    const stream = createReadStream('', { fd: JOB_FD, encoding: 'utf8', autoClose: false })
    stream.on('data', (chunk) => {
      text += String(chunk)
      const end = text.indexOf('\n')
      if (end >= 0) resolve(JSON.parse(text.slice(0, end)))
    })
    const gone = (): void => void process.kill(process.pid, 'SIGKILL')
    stream.on('end', gone)
    stream.on('error', gone)
  })
}
