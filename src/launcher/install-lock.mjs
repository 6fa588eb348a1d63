import { mkdirSync, readFileSync, rmdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

const HEARTBEAT_MS = 5_000
const DEAD_AFTER_MS = 60_000
const WAIT_LIMIT_MS = 30 * 60_000

/**
 * Does the work while no other launcher does. A lock whose process is gone is taken over.
 * @template T
 * @param {string} path of the lock file
 * @param {() => void} onWait called once when another launcher is at it
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withInstallLock(path, onWait, work) {
  const deadline = Date.now() + WAIT_LIMIT_MS
  let waited = false
  while (!take(path)) {
    if (clearDead(path)) continue
    if (!waited) onWait()
    waited = true
    if (Date.now() > deadline)
      throw new Error(`Another start has held ${path} for half an hour. Stop it, or remove that file.`)
    await delay(200)
  }
  const heartbeat = setInterval(() => utimesSync(path, new Date(), new Date()), HEARTBEAT_MS)
  try {
    return await work()
  } finally {
    clearInterval(heartbeat)
    rmSync(path, { force: true })
  }
}

/** @param {string} path */
function take(path) {
  try {
    writeFileSync(path, `${process.pid}\n`, { flag: 'wx' })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/**
 * Judging the lock and removing it must be one act, or two launchers remove each other's: a directory made
 * for that moment keeps the second one out.
 * @param {string} path
 */
function clearDead(path) {
  if (!isDead(path)) return false
  const turn = `${path}.clearing`
  try {
    mkdirSync(turn)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    if (ageOf(turn) > DEAD_AFTER_MS) rmdirSync(turn)
    return false
  }
  try {
    if (isDead(path)) rmSync(path, { force: true })
  } finally {
    rmdirSync(turn)
  }
  return true
}

/** @param {string} path */
function isDead(path) {
  if (ageOf(path) > DEAD_AFTER_MS) return true
  let pid = 0
  try {
    pid = Number(readFileSync(path, 'utf8'))
    if (pid > 0) process.kill(pid, 0)
    return false // written this moment, when it names nobody yet
  } catch (error) {
    return codeOf(error) === 'ESRCH'
  }
}

/** @param {string} path */
function ageOf(path) {
  try {
    return Date.now() - statSync(path).mtimeMs
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 0
    throw error
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
