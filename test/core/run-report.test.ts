import { describe, expect, it } from 'vitest'
import { reportRun } from '../../src/core/run-report.ts'
import type { RunReason, RunResult } from '../../src/ports/code-runner.ts'

const allowance = { cpuMs: 5_000, wallMs: 10_000, memoryMb: 160 }

function report(result: Partial<RunResult>, language: 'en' | 'pt' = 'en') {
  const whole: RunResult = {
    ...{ reason: 'ok', output: '', truncated: false, cpuMs: 1, wallMs: 12.4, memoryBytes: 0 },
    ...result,
  }
  return reportRun(whole, { language: 'python', allowance }, language)
}

describe('a run’s report', () => {
  it('shows output, value and duration', () => {
    expect(report({ output: 'hi\n', value: '[1]' }).markdown).toBe(
      '```\nhi\n```\n\nValue:\n```py\n[1]\n```\n\n_12 ms_',
    )
    expect(report({}).markdown).toBe('_The program finished without output._\n\n_12 ms_')
  })

  it.each<[RunReason, string]>([
    ['cpu-timeout', 'Stopped: it computed for more than 5 s.'],
    ['wall-timeout', 'Stopped: it took more than 10 s.'],
    ['memory', 'Stopped: it needed more than 160 MB of memory.'],
  ])('tells the limit that held: %s', (reason, sentence) => {
    expect(report({ reason }).markdown).toContain(sentence)
  })

  it('leaves nothing that steers a terminal, turns the text or ends the fence', () => {
    const { markdown } = report({
      output: '\u001b[31mred\u001b[0m \u001b]0;title\u0007a\rb\u0008 \u202etxt.exe\n```\n@everyone',
    })
    expect(markdown).toBe('````\nred a\nb␈ <U+202E>txt.exe\n```\n@everyone\n````\n\n_12 ms_')
  })

  it('puts a long output into a file', () => {
    const output = Array.from({ length: 100 }, (_, line) => `line ${line}`).join('\n')
    const { markdown, file } = report({ output })
    expect(markdown).toContain('line 29\n```\n\n_Output cut._')
    expect(String(file?.data)).toBe(output)
  })
})
