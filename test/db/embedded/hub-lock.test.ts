import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { claimDataDir } from '../../../src/db/embedded/index.ts'
import { startHolder } from './holder-process.ts'

let dataDir: string

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'hub-lock-'))
})

afterEach(async () => {
  await rm(dataDir, { recursive: true, force: true })
})

it('refuses a second hub and names the process of the first', async () => {
  const first = await startHolder('hub', dataDir)
  try {
    await expect(claimDataDir(dataDir)).rejects.toMatchObject({
      code: 'data_dir_in_use',
      message: expect.stringContaining(`process ${first.pid}`),
    })
    await first.leave()
    await (await claimDataDir(dataDir)).release()
  } finally {
    await first.kill()
  }
})

it('is taken over from a killed hub by exactly one of many', async () => {
  const dead = await startHolder('hub', dataDir)
  await dead.kill()
  for (let round = 0; round < 20; round += 1) {
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => claimDataDir(dataDir)))
    const won = outcomes.filter((outcome) => outcome.status === 'fulfilled')
    expect(won).toHaveLength(1)
    for (const { value } of won) await value.release()
  }
  expect(await readdir(dataDir)).toHaveLength(1)
})
