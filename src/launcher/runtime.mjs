import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { NODE_MAJOR, needsRuntime, runtimePackage, stampOf } from './decisions.mjs'
import { installLocked } from './installed.mjs'
import { LaunchFailure, say } from './npm.mjs'

const STAMP = '.complete'

/**
 * The Node that can run the hub, if it is here already: our own where it is new enough.
 * @param {string} root
 */
export function presentRuntime(root) {
  if (!needsRuntime(process.version)) return process.execPath
  const { node, stampPath, stamp } = placeOf(root)
  return existsSync(node) && existsSync(stampPath) && readFileSync(stampPath, 'utf8') === stamp
    ? node
    : undefined
}

/**
 * Brings Node from npm, pinned by the lock file beside this one. The caller holds the install lock.
 * @param {string} root
 */
export async function bringRuntime(root) {
  const { directory, node, stampPath, stamp } = placeOf(root)
  mkdirSync(directory, { recursive: true })
  rmSync(stampPath, { force: true })
  for (const file of ['package.json', 'package-lock.json'])
    copyFileSync(fileURLToPath(new URL(`runtime/${file}`, import.meta.url)), join(directory, file))
  const left = await installLocked(process.execPath, directory, () =>
    say(`This machine has Node ${process.version}. Bringing Node ${NODE_MAJOR} (once, about 60 MB) …`),
  )
  if (left.length > 0)
    throw new LaunchFailure(
      'npm could not fetch Node: this machine seems to be offline, or a proxy is in the way. ' +
        `Start again when npm's registry is reachable, or install Node ${NODE_MAJOR} or newer yourself.`,
    )
  check(node)
  writeFileSync(stampPath, stamp)
  return node
}

/** @param {string} root */
function placeOf(root) {
  const name = runtimePackage(process.platform, process.arch)
  if (!name)
    throw new LaunchFailure(
      `BrainAll needs Node ${NODE_MAJOR} or newer; this is ${process.version}, and npm has no Node for ${process.platform} ${process.arch}. ` +
        'Install it from https://nodejs.org, then start again.',
    )
  const directory = join(root, '.runtime')
  const lockText = readFileSync(new URL('runtime/package-lock.json', import.meta.url), 'utf8')
  return {
    directory,
    node: join(directory, 'node_modules', name, 'bin', 'node'),
    stampPath: join(directory, 'node_modules', STAMP),
    stamp: stampOf(lockText, { nodeMajor: NODE_MAJOR, platform: process.platform, arch: process.arch }),
  }
}

/** @param {string} node */
function check(node) {
  const advice = `Install Node ${NODE_MAJOR} or newer on this machine, then start again.`
  try {
    execFileSync(node, ['--version'], { stdio: 'pipe' })
  } catch (error) {
    throw new LaunchFailure(
      `The Node that npm brought does not run here (${error instanceof Error ? error.message : error}). ${advice}`,
    )
  }
}
