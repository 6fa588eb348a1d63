import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { withInstallLock } from '../../src/launcher/install-lock.mjs'

let directory: string
let path: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'install-lock-'))
  path = join(directory, 'install.lock')
})

afterEach(async () => {
  await rm(directory, { recursive: true, force: true })
})

it('lets one at a time do the work and tells the other that it waits', async () => {
  const events: string[] = []
  const first = Promise.withResolvers<void>()
  const one = withInstallLock(
    path,
    () => events.push('one waits'),
    async () => {
      events.push('one begins')
      await first.promise
      events.push('one ends')
    },
  )
  const two = withInstallLock(
    path,
    () => {
      events.push('two waits')
      first.resolve()
    },
    async () => {
      events.push('two begins')
    },
  )
  await Promise.all([one, two])
  expect(events).toEqual(['one begins', 'two waits', 'one ends', 'two begins'])
  expect(existsSync(path)).toBe(false)
})

it('takes over from a launcher that died at work', async () => {
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  await writeFile(path, `${pid}\n`)
  const waits: string[] = []
  expect(
    await withInstallLock(
      path,
      () => waits.push('waits'),
      async () => 'done',
    ),
  ).toBe('done')
  expect(waits).toEqual([])
})

it('is free again after work that failed', async () => {
  const failing = withInstallLock(
    path,
    () => undefined,
    () => Promise.reject(new Error('npm failed')),
  )
  await expect(failing).rejects.toThrow('npm failed')
  expect(existsSync(path)).toBe(false)
})
