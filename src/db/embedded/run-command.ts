import { spawn } from 'node:child_process'

export interface CommandResult {
  /** Undefined when it could not be started, was killed, or took too long. */
  readonly code: number | undefined
  /** Standard output and standard error, in order of arrival, the last 16 kB. */
  readonly output: string
}

export interface CommandOptions {
  readonly input?: string
  readonly timeoutMs: number
  readonly signal: AbortSignal
  readonly uid?: number
  readonly gid?: number
  /** Hand on the hub's own environment, for a look through its PATH. */
  readonly hubPath?: boolean
}

const OUTPUT_LIMIT = 16_384

/** PostgreSQL needs nothing of the hub's environment, which holds secrets. */
export const PLAIN_ENVIRONMENT = {
  PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
  LC_ALL: 'C',
  TZ: 'UTC',
}

/** Rejects only when the signal aborts; every other ending is a result. */
export async function runCommand(
  command: readonly [string, ...string[]],
  options: CommandOptions,
): Promise<CommandResult> {
  options.signal.throwIfAborted()
  const [program, ...args] = command
  const limit = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)])
  const result = await new Promise<CommandResult>((resolve) => {
    let output = ''
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-OUTPUT_LIMIT)
    }
    const child = spawn(program, args, {
      cwd: '/',
      ...(options.hubPath ? {} : { env: PLAIN_ENVIRONMENT }),
      stdio: ['pipe', 'pipe', 'pipe'],
      signal: limit,
      killSignal: 'SIGKILL',
      ...(options.uid === undefined ? {} : { uid: options.uid }),
      ...(options.gid === undefined ? {} : { gid: options.gid }),
    })
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', (error) => resolve({ code: undefined, output: `${output}${error.message}` }))
    child.on('close', (code) => resolve({ code: code ?? undefined, output }))
    // A program that ends without reading its input is judged by its exit code, not by EPIPE.
    child.stdin.on('error', () => undefined)
    child.stdin.end(options.input ?? '')
  })
  options.signal.throwIfAborted()
  return result
}
