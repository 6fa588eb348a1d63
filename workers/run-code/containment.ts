import { existsSync } from 'node:fs'
import type { Containment } from '../../src/ports/code-runner.ts'
import { KERNEL_LIMITS } from './limits.ts'
import { seccompFilter } from './seccomp.ts'

export interface ProcessNeeds {
  readonly nodeFlags: readonly string[]
  /** Kernel limit on private writable memory. WebAssembly makes V8 reserve over a gigabyte it never touches. */
  readonly dataBytes: number
}

/** One way to start a child. */
export interface Cage {
  readonly containment: Containment
  /** For the log. */
  readonly description: string
  /** Shows in the process list. */
  readonly marker: string
  /** Ends in Node reading its program from standard input. */
  command(needs: ProcessNeeds): readonly string[]
  /** Where the child finds isolated-vm's binary. */
  readonly addonPath: string
  readonly user?: { readonly uid: number; readonly gid: number }
  readonly seccomp?: Buffer
}

const TOOL_FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin']
const NOBODY = { uid: 65_534, gid: 65_534 }

/** `-` takes the program from standard input, so that the child needs no readable file at all. */
function nodeArgs(marker: string, flags: readonly string[]): string[] {
  return [
    '--permission',
    '--allow-addons',
    '--no-experimental-sqlite',
    ...flags,
    '--no-warnings',
    '--v8-pool-size=1',
    '--input-type=commonjs',
    '-',
    marker,
  ]
}

/**
 * The ways of one rung that this machine may offer, best first; which of them work, only a trial tells.
 * A root hub tries to run its children as nobody.
 */
export function cagesOf(containment: Containment, addonPath: string, marker: string): Cage[] {
  const users = process.getuid?.() === 0 ? [{ user: NOBODY }, {}] : [{}]
  const build = (
    description: string,
    around: readonly string[],
    inside: Partial<Cage> = {},
    node = process.execPath,
  ): Cage[] =>
    users.map((user) => ({
      containment,
      description: 'user' in user ? `${description}, as nobody` : description,
      marker,
      command: ({ nodeFlags, dataBytes }) => [
        ...limited(dataBytes),
        ...around,
        node,
        ...nodeArgs(marker, nodeFlags),
      ],
      addonPath,
      ...inside,
      ...user,
    }))

  if (containment === 'strong') {
    const bwrap = tool('bwrap')
    const seccomp = seccompFilter(process.arch)
    if (
      process.platform !== 'linux' ||
      bwrap === undefined ||
      seccomp === undefined ||
      tool('prlimit') === undefined
    )
      return []
    const inside = { addonPath: '/isolated-vm.node', seccomp }
    return build('bwrap and seccomp', [bwrap, ...bwrapArgs(addonPath)], inside, '/node')
  }
  if (containment === 'namespaces') {
    const [unshare, setpriv] = [tool('unshare'), tool('setpriv')]
    if (process.platform !== 'linux' || unshare === undefined || setpriv === undefined) return []
    return build('namespaces', [
      ...[setpriv, '--pdeathsig', 'KILL', '--'],
      ...[unshare, '-Urnipuf', '--mount-proc', '--kill-child', '--'],
      ...[setpriv, '--no-new-privs', '--bounding-set', '-all', '--inh-caps', '-all', '--'],
    ])
  }
  const setpriv = tool('setpriv')
  const plain = {
    containment,
    description: 'a plain process',
    marker,
    command: ({ nodeFlags }: ProcessNeeds) => [process.execPath, ...nodeArgs(marker, nodeFlags)],
    addonPath,
  }
  if (setpriv === undefined) return [plain]
  const bound = [setpriv, '--pdeathsig', 'KILL', '--no-new-privs', '--']
  return [...build('a plain process with kernel limits', bound), plain]
}

/** Kernel limits that the child inherits, and the first place in the queue when memory runs out. */
function limited(dataBytes: number): string[] {
  const [prlimit, choom] = [tool('prlimit'), tool('choom')]
  if (prlimit === undefined) return []
  const { cpuSeconds, openFiles } = KERNEL_LIMITS
  return [
    ...(choom === undefined ? [] : [choom, '-n', '1000', '--']),
    prlimit,
    `--cpu=${cpuSeconds}`,
    `--nofile=${openFiles}`,
    '--core=0',
    '--fsize=0',
    `--data=${dataBytes}`,
    '--',
  ]
}

/** An empty root with nothing but Node, its libraries and the addon, all read-only. */
function bwrapArgs(addonPath: string): string[] {
  const args = ['--unshare-all', '--die-with-parent', '--new-session', '--clearenv', '--cap-drop', 'ALL']
  for (const library of loadedLibraries()) args.push('--ro-bind', library, library)
  args.push('--ro-bind', process.execPath, '/node', '--ro-bind', addonPath, '/isolated-vm.node')
  return [...args, '--remount-ro', '/', '--chdir', '/', '--seccomp', String(SECCOMP_FD), '--']
}

export const SECCOMP_FD = 5

function loadedLibraries(): string[] {
  const { report: reporter } = process
  if (reporter === undefined) return []
  // With the network part, the report looks up the name of every peer, and the process waits for it.
  const excludeNetwork: unknown = Reflect.get(reporter, 'excludeNetwork')
  Reflect.set(reporter, 'excludeNetwork', true)
  const report: unknown = reporter.getReport()
  Reflect.set(reporter, 'excludeNetwork', excludeNetwork)
  if (typeof report !== 'object' || report === null || !('sharedObjects' in report)) return []
  const paths = Array.isArray(report.sharedObjects) ? report.sharedObjects : []
  return paths.filter((path) => typeof path === 'string' && /\.so(\.|$)/.test(path) && existsSync(path))
}

/** Looked for in fixed places: the hub's own PATH is not the child's business. */
function tool(name: string): string | undefined {
  return TOOL_FOLDERS.map((folder) => `${folder}/${name}`).find((path) => existsSync(path))
}
