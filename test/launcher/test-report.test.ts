import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import { addCounts, countsOf, inWords, readReport, skippedTests } from '../../src/launcher/test-report.ts'

const VITEST = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url))
const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** What vitest itself reports of a project with these files, and the code it exits with. */
async function run(files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'brainall-report-test-'))
  folders.push(folder)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const path = join(folder, 'report.json')
  const args = ['run', '--root', folder, '--globals', '--reporter=json', `--outputFile=${path}`]
  const code = await new Promise<number>((resolve) => {
    execFile(process.execPath, [VITEST, ...args], (error) => resolve(Number(error?.code ?? 0)))
  })
  return { report: readReport(path), code }
}

it('counts what passed, failed and was skipped, and says why', async () => {
  const { report, code } = await run({
    'a.test.js': [
      "it('adds', () => expect(1 + 1).toBe(2))",
      "it('fails', () => expect(1).toBe(2))",
      "it.skip('needs a moon', () => {})",
      "describe.skipIf(process.pid > 0)('on (another) planet', () => { it('lands', () => {}) })",
      "describe.runIf(process.pid < 0)('off world', () => { it.each([1])('counts %i', () => {}) })",
    ].join('\n'),
  })
  expect(inWords(countsOf(report, code))).toBe('1 passed, 1 failed, 3 skipped')
  expect(skippedTests(report, (path) => readFileSync(path, 'utf8'))).toEqual([
    'needs a moon: always',
    'on (another) planet > lands: skipped if process.pid > 0',
    'off world > counts 1: skipped unless process.pid < 0',
  ])
})

it('counts a file that cannot be loaded as one failure', async () => {
  const { report, code } = await run({
    'a.test.js': "throw new Error('broken')",
    'b.test.js': "it('passes', () => {})",
  })
  expect(countsOf(report, code)).toEqual({ passed: 1, failed: 1, skipped: 0 })
})

it('counts an error outside every test as one failure', async () => {
  const { report, code } = await run({
    'a.test.js': "it('passes', () => { Promise.reject(new Error('nobody listens')) })",
  })
  expect(countsOf(report, code)).toEqual({ passed: 1, failed: 1, skipped: 0 })
})

it('adds stages up', () => {
  const stage = { passed: 0, failed: 1, skipped: 0 }
  expect(addCounts([stage, stage, { passed: 3, failed: 0, skipped: 2 }])).toEqual({
    passed: 3,
    failed: 2,
    skipped: 2,
  })
})
