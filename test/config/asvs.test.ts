import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const text = readFileSync(`${root}.github/asvs-level-2.md`, 'utf8')
const lines = text.split('\n').filter((line) => /^\| \d/.test(line))

it('names a test that exists, or a reason, for each requirement', () => {
  expect(lines.length).toBeGreaterThan(40)
  const faults = lines.flatMap((line) => {
    const named = [...line.matchAll(/`(test\/[^`]+\.ts)`: ([^|]+?) *\|/g)]
    if (named.length === 0 && !/\| (reason|not met|weaker): /.test(line))
      return [`nothing stands for: ${line}`]
    return named.flatMap(([, path = '', title = '']) => {
      if (!existsSync(`${root}${path}`)) return [`there is no ${path}`]
      return readFileSync(`${root}${path}`, 'utf8').includes(`it('${title}`)
        ? []
        : [`${path} has no test '${title}'`]
    })
  })
  expect(faults).toEqual([])
})
