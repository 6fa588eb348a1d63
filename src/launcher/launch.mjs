import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runChild } from './child.mjs'
import { npmFailure } from './decisions.mjs'
import { bringDependencies, presentDependencies } from './dependencies.mjs'
import { withInstallLock } from './install-lock.mjs'
import { environmentFor, LaunchFailure, say } from './npm.mjs'
import { bringRuntime, presentRuntime } from './runtime.mjs'
import { TASKS } from './tasks.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Brings what is missing, then runs a task of the table under a Node that can. Plain JavaScript on Node's own
 * modules: it runs before anything is installed, on whatever Node the machine has.
 * @param {readonly string[]} argv
 * @returns {Promise<number>} the exit code
 */
async function launch([task = '', ...args]) {
  const steps = Object.hasOwn(TASKS, task) ? TASKS[task] : undefined
  if (!steps) throw new LaunchFailure(`There is no task '${task}'. Tasks: ${Object.keys(TASKS).join(', ')}.`)
  const node = await bringMissing()
  for (const [index, step] of steps.entries()) {
    const last = index === steps.length - 1
    const code = await runChild(node, [...step, ...(last ? args : [])], {
      cwd: root,
      env: { NODE_COMPILE_CACHE: join(root, '.runtime', 'compile-cache'), ...environmentFor(node) },
    })
    if (code !== 0) return code
  }
  return 0
}

async function bringMissing() {
  const present = presentRuntime(root)
  if (present && presentDependencies(root, present)) return present
  mkdirSync(join(root, '.runtime'), { recursive: true })
  const onWait = () => say('Another start is bringing what is missing; waiting for it …')
  return withInstallLock(join(root, '.runtime', 'install.lock'), onWait, async () => {
    const node = presentRuntime(root) ?? (await bringRuntime(root))
    if (!presentDependencies(root, node)) await bringDependencies(root, node)
    return node
  })
}

try {
  process.exitCode = await launch(process.argv.slice(2))
} catch (error) {
  const failure = asFailure(error)
  say(failure.message)
  process.exitCode = failure.exitCode
}

/** @param {unknown} error */
function asFailure(error) {
  if (error instanceof LaunchFailure) return error
  if (error instanceof Error && 'syscall' in error && 'code' in error)
    return new LaunchFailure(`${error.message}\n${npmFailure(String(error.code), 1)}`)
  throw error
}
