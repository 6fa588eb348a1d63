import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hasPrebuilt, majorOf, NODE_MAJOR, stampOf } from './decisions.mjs'
import { installLocked } from './installed.mjs'
import { LaunchFailure, runNpm, say } from './npm.mjs'

/**
 * Whether the dependencies are here, complete, and for this Node.
 * @param {string} root
 * @param {string} node
 */
export function presentDependencies(root, node) {
  const { stampPath, stamp } = placeOf(root, node)
  return existsSync(stampPath) && readFileSync(stampPath, 'utf8') === stamp
}

/**
 * Installs what the lock file says. No package's install script runs: what the hub needs comes prebuilt.
 * The caller holds the install lock.
 * @param {string} root
 * @param {string} node
 */
export async function bringDependencies(root, node) {
  const { stampPath, stamp } = placeOf(root, node)
  rmSync(stampPath, { force: true })
  const left = await installLocked(node, root, () => say('Bringing the dependencies (once, about 250 MB) …'))
  await ensureIsolate(root, node)
  // Without a stamp the next start tries again; until then the hub says itself what it lacks.
  if (left.length > 0)
    say(`npm could not fetch ${left.join(', ')}. Going on without; the next start tries again.`)
  else writeFileSync(stampPath, stamp)
}

/**
 * isolated-vm ships binaries for the long-term-support lines of Node only, and none for Macs with Intel
 * processors. Without one it is built; where that fails, all but code runs works.
 * @param {string} root
 * @param {string} node
 */
async function ensureIsolate(root, node) {
  const prebuilds = join(
    root,
    'node_modules',
    'isolated-vm',
    'prebuilds',
    `${process.platform}-${process.arch}`,
  )
  if (existsSync(prebuilds) && hasPrebuilt(readdirSync(prebuilds), abiOf(node))) return
  say(
    'There is no prebuilt isolated-vm for this Node and machine; building it (some minutes, needs a C++ compiler) …',
  )
  try {
    await runNpm(node, ['rebuild', 'isolated-vm', '--ignore-scripts=false'], root)
  } catch (error) {
    if (!(error instanceof LaunchFailure) || error.exitCode !== 1) throw error
    say(
      `It could not be built, so running code will be unavailable; all else works. With Node 24 no build is needed.\n${error.message}`,
    )
  }
}

/**
 * @param {string} root
 * @param {string} node
 */
function placeOf(root, node) {
  const lockText = readFileSync(join(root, 'package-lock.json'), 'utf8')
  const nodeMajor = node === process.execPath ? majorOf(process.version) : NODE_MAJOR
  return {
    stampPath: join(root, 'node_modules', '.complete'),
    stamp: stampOf(lockText, { nodeMajor, platform: process.platform, arch: process.arch }),
  }
}

/** @param {string} node */
function abiOf(node) {
  return execFileSync(node, ['-p', 'process.versions.modules'], { encoding: 'utf8' }).trim()
}
