import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { missingPlatforms } from '../../config/complete-lock.mjs'

it('locks every optional platform package, as npm 11 wants (node config/complete-lock.mjs mends it)', () => {
  const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'))
  expect(missingPlatforms(lock.packages).map(({ name }) => name)).toEqual([])
  const { 'node_modules/@biomejs/cli-linux-x64': left, ...without } = lock.packages
  expect(left).toBeDefined()
  expect(missingPlatforms(without).map(({ name }) => name)).toEqual(['@biomejs/cli-linux-x64'])
})
