import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { missingPackages } from './decisions.mjs'
import { runNpm } from './npm.mjs'

/**
 * Installs what the directory's lock file says, unless npm's note shows that it is installed, by us or by
 * anybody else. No package's install script runs. Resolves with the packages that npm left out: optional ones
 * that it could not fetch, which it calls a success.
 * @param {string} node
 * @param {string} directory
 * @param {() => void} onInstall
 * @returns {Promise<string[]>}
 */
export async function installLocked(node, directory, onInstall) {
  const note = join(directory, 'node_modules', '.package-lock.json')
  if (existsSync(note) && missing(directory, note).length === 0) return []
  onInstall()
  rmSync(note, { force: true })
  await runNpm(node, ['ci', '--ignore-scripts', '--include=dev', '--include=optional'], directory)
  return missing(directory, note)
}

/**
 * @param {string} directory
 * @param {string} note
 */
function missing(directory, note) {
  /** @type {{ header?: { glibcVersionRuntime?: string } }} */
  const report = /** @type {any} */ (process.report.getReport())
  const libc =
    process.platform === 'linux' ? (report.header?.glibcVersionRuntime ? 'glibc' : 'musl') : undefined
  const machine = { platform: process.platform, arch: process.arch, libc }
  return missingPackages(readJson(join(directory, 'package-lock.json')), readJson(note), machine)
}

/** @param {string} path */
function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}
