import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { basename, delimiter, dirname, join } from 'node:path'
import { forwardSignals } from './child.mjs'
import { npmFailure } from './decisions.mjs'

const TAIL_LINES = 15
const STILL_WORKING_MS = 20_000

/** A failure whose message is all that the terminal should show. */
export class LaunchFailure extends Error {
  /**
   * @param {string} message
   * @param {number} exitCode
   */
  constructor(message, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

/** npm's own program: the one that started us, the one beside this Node, or the one on the PATH. */
export function findNpm() {
  const beside = dirname(process.execPath)
  const places = [
    process.env.npm_execpath,
    join(beside, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(beside, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    ...(process.env.PATH ?? '').split(delimiter).map((directory) => join(directory, 'npm')),
  ]
  for (const place of places) {
    if (!place || !existsSync(place)) continue
    const real = realpathSync(place)
    if (basename(real) === 'npm-cli.js') return real
  }
  throw new LaunchFailure('npm was not found. Install npm (it comes with Node), then start again.')
}

/**
 * Runs npm under the given Node, with that Node first on the PATH so that add-ons choose their binaries for
 * it. Silent when all goes well.
 * @param {string} node
 * @param {readonly string[]} args
 * @param {string} directory
 */
export async function runNpm(node, args, directory) {
  const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error', '--fetch-retries=2']
  const retries = ['--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=8000', '--fetch-timeout=60000']
  const child = spawn(node, [findNpm(), ...args, ...quiet, ...retries], {
    cwd: directory,
    env: environmentFor(node),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output = (output + chunk).slice(-100_000)
    })
  let interrupted = false
  const stopForwarding = forwardSignals(
    (signal) => child.kill(signal),
    () => {
      interrupted = true
    },
  )
  const began = Date.now()
  const progress = setInterval(() => {
    say(`  … still at it (${Math.round((Date.now() - began) / 1000)} s)`)
  }, STILL_WORKING_MS)
  try {
    const { code, signal } = await new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => resolve({ code, signal }))
    })
    if (code === 0) return
    if (interrupted || signal) throw new LaunchFailure('Interrupted; the next start takes it up again.', 130)
    const tail = output.trim().split('\n').slice(-TAIL_LINES).join('\n')
    throw new LaunchFailure(`${npmFailure(output, code)}\nThe end of what npm said:\n${tail}`)
  } finally {
    clearInterval(progress)
    stopForwarding()
  }
}

/**
 * Our environment, with the given Node found first.
 * @param {string} node
 */
export function environmentFor(node) {
  return { ...process.env, PATH: [dirname(node), process.env.PATH].filter(Boolean).join(delimiter) }
}

/** Standard error, so that a task's own output stays clean. @param {string} line */
export function say(line) {
  process.stderr.write(`${line}\n`)
}
