import { describe, expect, it } from 'vitest'
import { heal } from '../../src/markdown/heal.ts'
import type { FormattedPart } from '../../src/model/outbound.ts'
import { platforms } from '../adapters/encode/platforms.ts'

const LENGTH = 300_000
const fill = (piece: string): string => piece.repeat(Math.ceil(LENGTH / piece.length))

const hostile: Readonly<Record<string, string>> = {
  brackets: fill('['),
  pairs: fill('[]'),
  'half links': fill('[a]('),
  'half images': fill('!['),
  asterisks: fill('*'),
  'open emphasis': fill('*a '),
  'mixed emphasis': fill('*a_ '),
  'uneven emphasis': fill('a**b') + fill('c* '),
  backticks: fill('`'),
  'uneven backticks': Array.from({ length: 770 }, (_, n) => '`'.repeat(n + 1)).join(' '),
  'open code': fill('`a ``b '),
  quotes: fill('>'),
  'quotes in quotes': fill('> '),
  'lists in lists': fill('- '),
  stairs: Array.from({ length: 770 }, (_, n) => `${' '.repeat(n)}- a\n`).join(''),
  angles: fill('<a '),
  comments: fill('<!--'),
  ampersands: fill('&'),
  dollars: fill('$a'),
  formulas: fill('\\(a '),
  'open formulas': fill('$$\na\n'),
  pipes: `${fill('|')}\n${fill('|-')}`,
  'long table': `|a|b|\n|-|-|\n${fill('|a|b|\n')}`,
  'long list': fill('- a\n'),
  'short lines': fill('a\n'),
  paragraphs: fill('word\n\n'),
  definitions: fill('[a]: /u\n'),
  fences: fill('```\n'),
  names: fill('@a '),
  'bidirectional marks': fill('\u202e\u2066a'),
  'combining marks': `a${fill('\u0301')}`,
  'one word': fill('a'),
}

/** Of this process alone, whatever else the machine does; quadratic time would be minutes. */
const PATIENCE_MS = 4_000

function cpuTimeOf(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

describe.each(Object.entries(hostile))('300 000 characters of %s', (_, text) => {
  it('is healed', () => {
    expect(cpuTimeOf(() => heal(text))).toBeLessThan(PATIENCE_MS)
  })

  it.each(platforms)('is shown on $name', (platform) => {
    let parts: readonly FormattedPart[] = []
    const time = cpuTimeOf(() => {
      parts = platform.format(text)
    })
    expect(time).toBeLessThan(PATIENCE_MS)
    expect(parts.slice(0, 3).flatMap((part) => platform.faults(part))).toEqual([])
  })
})
