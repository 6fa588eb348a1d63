import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { isForeground, mustForward } from './decisions.mjs'

const FORWARDED = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])

/**
 * Runs a program on our own input and output and waits for its end, whatever signals arrive meanwhile: it
 * decides when to stop. Resolves with its exit code, 128 + n when signal n ended it.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 * @returns {Promise<number>}
 */
export function runChild(program, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', ...options })
    const stopForwarding = forwardSignals((signal) => child.kill(signal))
    child.once('error', (error) => {
      stopForwarding()
      reject(error)
    })
    child.once('close', (code, signal) => {
      stopForwarding()
      resolve(signal ? 128 + constants.signals[signal] : (code ?? 1))
    })
  })
}

/**
 * Keeps this process alive through the signals that end one, and hands them on where it must.
 * @param {(signal: NodeJS.Signals) => void} send
 * @param {() => void} [noticed] called for every signal, handed on or not
 */
export function forwardSignals(send, noticed) {
  /** @type {Map<string, number>} */
  const lastSent = new Map()
  /** @param {NodeJS.Signals} signal */
  const onSignal = (signal) => {
    noticed?.()
    const now = Date.now()
    if (!mustForward(signal, { foreground: onTerminal(), now, last: lastSent.get(signal) })) return
    lastSent.set(signal, now)
    send(signal)
  }
  for (const signal of FORWARDED) process.on(signal, onSignal)
  return () => {
    for (const signal of FORWARDED) process.off(signal, onSignal)
  }
}

function onTerminal() {
  if (process.platform === 'linux') return isForeground(readFileSync('/proc/self/stat', 'utf8'))
  return Boolean(process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY)
}
