import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it, vi } from 'vitest'

const program = fileURLToPath(new URL('run-child.mjs', import.meta.url))
const started: ChildProcess[] = []

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
})

/** In a session of its own, so without the terminal that the tests may run on. */
function launch(code: string) {
  const launcher = spawn(process.execPath, [program, code], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  started.push(launcher)
  const exit = once(launcher, 'exit')
  let output = ''
  launcher.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  return {
    launcher,
    saw: (text: string) => vi.waitFor(() => expect(output).toContain(text), { timeout: 5_000, interval: 10 }),
    output: () => output,
    exitCode: async () => (await exit)[0],
  }
}

const DRAINING = `
  let asked = 0
  const open = setInterval(() => undefined, 1000)
  process.on('SIGTERM', () => console.log('asked', ++asked))
  process.on('SIGINT', () => { console.log('drained'); clearInterval(open) })
  console.log('up')
`

it.each([0, 7])('ends with exit code %d of the program', async (code) => {
  expect(await launch(`process.exit(${code})`).exitCode()).toBe(code)
})

it('ends with 128 + n when signal n killed the program', async () => {
  expect(await launch(`process.kill(process.pid, 'SIGKILL')`).exitCode()).toBe(137)
})

it('hands copies of one signal on once, a later one again, and waits for the program to drain', async () => {
  const { launcher, saw, output, exitCode } = launch(DRAINING)
  await saw('up')
  launcher.kill('SIGTERM')
  await saw('asked 1')
  launcher.kill('SIGTERM')
  await vi.waitFor(
    () => {
      if (!output().includes('asked 2')) launcher.kill('SIGTERM')
      expect(output()).toContain('asked 2')
    },
    { timeout: 5_000, interval: 100 },
  )
  launcher.kill('SIGINT')
  expect(await exitCode()).toBe(0)
  expect(output()).toBe('up\nasked 1\nasked 2\ndrained\n')
})
