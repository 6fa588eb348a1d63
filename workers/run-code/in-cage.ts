import { type ChildProcess, spawn } from 'node:child_process'
import { Readable, Writable } from 'node:stream'
import { type Cage, type ProcessNeeds, SECCOMP_FD } from './containment.ts'

/** All that a process of one engine starts from. */
export interface Launch {
  readonly program: string
  readonly needs: ProcessNeeds
  /** Open descriptors of the engine's files, handed down in this order. */
  readonly assets: readonly number[]
}

export interface Caged {
  readonly process: ChildProcess
  /** Open until it is ended: its end tells the child that the hub is gone. */
  readonly jobs: Writable
  readonly answers: Readable | undefined
  readonly stderr: Readable | null
  /** With all its descendants. */
  kill(): void
}

const JOB_FD = 3
const ANSWER_FD = 4

/** `note` takes what goes wrong with the pipes: a child may die while it is being written to. */
export function spawnInCage(cage: Cage, launch: Launch, note: (text: string) => void): Caged {
  const [command = '', ...args] = cage.command(launch.needs)
  const child = spawn(command, args, {
    env: {},
    cwd: '/',
    // A group of its own: an interrupt typed at the hub's terminal is the hub's to handle.
    detached: true,
    stdio: [
      ...(['pipe', 'ignore', 'pipe', 'pipe', 'pipe'] as const),
      cage.seccomp === undefined ? 'ignore' : 'pipe',
      ...launch.assets,
    ],
    ...cage.user,
  })
  const pipe = (fd: number): Writable => {
    const stream = child.stdio[fd]
    if (!(stream instanceof Writable)) return new Writable({ write: (_chunk, _encoding, done) => done() })
    stream.on('error', (error) => note(`\n${error.message}`))
    return stream
  }
  pipe(0).end(launch.program)
  if (cage.seccomp !== undefined) pipe(SECCOMP_FD).end(cage.seccomp)
  const answers = child.stdio[ANSWER_FD]
  if (answers instanceof Readable) answers.on('error', (error) => note(`\n${error.message}`))
  return {
    process: child,
    jobs: pipe(JOB_FD),
    answers: answers instanceof Readable ? answers : undefined,
    stderr: child.stderr,
    kill() {
      if (child.pid === undefined) return
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch (error) {
        note(String(error))
        child.kill('SIGKILL')
      }
    },
  }
}
