import { expect, it } from 'vitest'
import { type Binaries, chooseBinaries } from '../../../src/db/embedded/binaries.ts'

const packaged: Binaries = { directory: '/package/bin', root: '/package', major: 18 }
const system: Binaries = { directory: '/system/bin', root: undefined, major: 15 }

it.each([
  { found: [packaged, system], existing: [], chosen: packaged },
  { found: [system], existing: [], chosen: system },
  { found: [packaged, system], existing: [15], chosen: system },
  { found: [packaged, system], existing: [15, 18], chosen: packaged },
  { found: [system], existing: [15, 18], chosen: system },
])('opens $existing with PostgreSQL $chosen.major', ({ found, existing, chosen }) => {
  expect(chooseBinaries(found, existing)).toBe(chosen)
})

it('never makes an empty database beside data it cannot read', () => {
  expect(() => chooseBinaries([system], [18])).toThrow(/holds a PostgreSQL 18 database.*found: 15/)
})

it('says what to install when there is none', () => {
  expect(() => chooseBinaries([], [])).toThrow(/Install PostgreSQL.*or set DATABASE_URL/)
})
