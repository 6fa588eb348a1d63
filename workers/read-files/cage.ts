import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const TOOL_FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin']
/** Nothing secret is in them; the libraries for images load more of them than the hub does. */
const LIBRARY_FOLDERS = ['/lib', '/lib64', '/usr/lib', '/usr/lib64']
const CPU_SECONDS = 60
/** Private writable memory; libraries for images and PDF reserve more than they touch. */
const DATA_BYTES = 2 * 1024 * 1024 * 1024
const HEAP_MB = 512

/** How a reader of files is started. */
export interface ReaderCage {
  /** For the log. */
  readonly description: string
  readonly command: readonly string[]
}

const OWN_FOLDER = dirname(fileURLToPath(import.meta.url))
const PROGRAM = join(OWN_FOLDER, 'child', 'main.ts')

/**
 * The ways this machine may offer, best first; which of them works, only a trial tells. In all of them the
 * reader has no environment, writes no file, starts no process and sees only its own code; the first has no
 * network either.
 */
export function readerCages(): readonly ReaderCage[] {
  const modules = nodeModules()
  const node = (path: string): readonly string[] => [
    path,
    '--permission',
    '--allow-addons',
    '--allow-worker',
    ...[OWN_FOLDER, modules, join(dirname(modules), 'package.json')].map((read) => `--allow-fs-read=${read}`),
    `--max-old-space-size=${HEAP_MB}`,
    '--no-warnings',
    PROGRAM,
  ]
  const bwrap = tool('bwrap')
  const limits = kernelLimits()
  const plain = { description: 'a process with limits', command: [...limits, ...node(process.execPath)] }
  if (bwrap === undefined || process.platform !== 'linux') return [plain]
  const walled = [
    ...limits,
    bwrap,
    ...['--unshare-all', '--die-with-parent', '--new-session', '--clearenv', '--cap-drop', 'ALL'],
    ...LIBRARY_FOLDERS.flatMap((folder) => ['--ro-bind-try', folder, folder]),
    ...['--ro-bind', process.execPath, '/node', '--ro-bind', modules, modules],
    ...['--ro-bind', OWN_FOLDER, OWN_FOLDER, '--proc', '/proc', '--remount-ro', '/', '--chdir', '/', '--'],
    ...node('/node'),
  ]
  return [{ description: 'bwrap', command: walled }, plain]
}

/** Where this program's libraries are. */
function nodeModules(): string {
  const library = fileURLToPath(import.meta.resolve('zod'))
  return library.slice(0, library.lastIndexOf('/node_modules/') + '/node_modules'.length)
}

function kernelLimits(): readonly string[] {
  const [prlimit, choom] = [tool('prlimit'), tool('choom')]
  if (prlimit === undefined) return []
  return [
    ...(choom === undefined ? [] : [choom, '-n', '1000', '--']),
    ...[
      prlimit,
      `--cpu=${CPU_SECONDS}`,
      '--nofile=256',
      '--core=0',
      '--fsize=0',
      `--data=${DATA_BYTES}`,
      '--',
    ],
  ]
}

function tool(name: string): string | undefined {
  return TOOL_FOLDERS.map((folder) => `${folder}/${name}`).find((path) => existsSync(path))
}
