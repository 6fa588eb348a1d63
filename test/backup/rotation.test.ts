import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { backupName, outdated, rotate } from '../../src/backup/rotation.ts'
import { isBackupDue } from '../../src/backup/schedule.ts'

const DAY_MS = 24 * 60 * 60_000
const RULE = { daily: 7, weekly: 4, monthly: 3 }
/** A backup at three each night, `count` of them up to this one. */
const nights = (count: number, last = '2026-03-31T03:00:00Z') =>
  Array.from({ length: count }, (_, n) => backupName(new Date(Date.parse(last) - n * DAY_MS)))
const days = (names: readonly string[]) => names.map((name) => name.slice(9, 19)).sort()

describe('what the rule keeps', () => {
  const keptOf = (names: readonly string[], rule = RULE) => {
    const gone = new Set(outdated(names, rule))
    return days(names.filter((name) => !gone.has(name)))
  }

  it.each([
    ['nothing of nothing', [], RULE, []],
    ['all of the first days', nights(3), RULE, ['2026-03-29', '2026-03-30', '2026-03-31']],
    [
      'days, then the last of each week, then of each month',
      nights(120),
      RULE,
      [
        '2026-01-31',
        '2026-02-28',
        '2026-03-15',
        '2026-03-22',
        '2026-03-25',
        '2026-03-26',
        '2026-03-27',
        '2026-03-28',
        '2026-03-29',
        '2026-03-30',
        '2026-03-31',
      ],
    ],
    ['the newest whatever it says', nights(5), { daily: 0, weekly: 0, monthly: 0 }, ['2026-03-31']],
    [
      'the newest of a day',
      ['brainall-2026-03-31T03-00-00Z.backup', 'brainall-2026-03-31T12-00-00Z.backup'],
      { daily: 2, weekly: 0, monthly: 0 },
      ['2026-03-31'],
    ],
    [
      'days on which there was one, however long ago',
      [...nights(1, '2025-06-01T03:00:00Z'), ...nights(1)],
      { daily: 2, weekly: 0, monthly: 0 },
      ['2025-06-01', '2026-03-31'],
    ],
  ])('is %s', (_, names, rule, expected) => {
    expect(keptOf(names, rule)).toEqual(expected)
  })

  it('is the same when it is applied every night as when it is applied once', () => {
    let there: string[] = []
    for (const name of nights(200).reverse()) {
      there.push(name)
      const gone = new Set(outdated(there, RULE))
      there = there.filter((one) => !gone.has(one))
    }
    expect(days(there)).toEqual(keptOf(nights(200)))
  })
})

describe('rotating a folder', () => {
  let folder = ''
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('removes old backups and what a killed one left, and nothing else', async () => {
    folder = await mkdtemp(join(tmpdir(), 'brainall-rotation-'))
    const foreign = ['notes.txt', 'brainall-2020.backup', 'brainall-2020-01-01T03-00-00Z.backup.gpg']
    const partial = '.brainall-2026-03-30T03-00-00Z.backup.77.partial'
    const underWay = '.brainall-2026-03-31T03-00-00Z.backup.78.partial'
    for (const name of [...nights(9), ...foreign, partial, underWay]) await writeFile(join(folder, name), '')
    const old = new Date(Date.now() - 2 * DAY_MS)
    await utimes(join(folder, partial), old, old)
    const removed = await rotate(folder, { daily: 2, weekly: 0, monthly: 0 })
    expect(removed).toHaveLength(7)
    expect((await readdir(folder)).sort()).toEqual([...nights(2), ...foreign, underWay].sort())
  })
})

describe('a backup is due', () => {
  const at = (day: number, hour: number) => new Date(2026, 4, day, hour, 30)
  it.each([
    ['at once, where there is none', undefined, at(10, 1), true],
    ['when the hour has come', at(9, 3), at(10, 3), true],
    ['not before it', at(9, 3), at(10, 2), false],
    ['not twice', at(10, 3), at(10, 23), false],
    ['later, where no hub ran then', at(7, 3), at(10, 1), true],
    ['at the hour also after one by hand', at(9, 22), at(10, 4), true],
  ])('%s', (_, last, now, expected) => {
    expect(isBackupDue(last, now, 3)).toBe(expected)
  })
})
