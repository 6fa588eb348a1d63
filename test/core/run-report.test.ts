import { describe, expect, it } from 'vitest'
import { reportRun } from '../../src/core/run-report.ts'
import type { RunReason, RunResult } from '../../src/ports/code-runner.ts'

const allowance = { cpuMs: 5_000, wallMs: 10_000, memoryMb: 160 }

function report(
  result: Partial<RunResult>,
  more: { readonly colours?: boolean; readonly link?: string } = {},
) {
  const whole: RunResult = {
    ...{ reason: 'ok', output: '', truncated: false, cpuMs: 1, wallMs: 12.4, memoryBytes: 0 },
    ...result,
  }
  return reportRun(whole, { language: 'python', allowance, colours: false, ...more }, 'en')
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

  it.each([
    ['\u001b[31mred\u001b[0m plain', '\u001b[31mred\u001b[0m plain'],
    ['\u001b[1;4;92mok', '\u001b[1;4;32mok\u001b[0m'],
    ['\u001b[1mbold \u001b[22mnot', '\u001b[1mbold \u001b[0mnot'],
    ['\u001b[31;1ma\u001b[39mb', '\u001b[1;31ma\u001b[0m\u001b[1mb\u001b[0m'],
    ['\u001b[38;5;196mx\u001b[48;2;0;0;255my', '\u001b[31mx\u001b[44my\u001b[0m'],
    ['\u009b33my', '\u001b[33my\u001b[0m'],
    ['\u001b[31m\u001b[2J\u001b]8;;http://x\u0007z', '\u001b[31mz\u001b[0m'],
    ['\u001b[32m```\n@everyone', '\u001b[32m```\n@everyone\u001b[0m'],
  ])('keeps the colours of %j where they are shown', (output, expected) => {
    const ticks = expected.includes('```') ? '````' : '```'
    expect(report({ output }, { colours: true }).markdown).toBe(
      `${ticks}ansi\n${expected}\n${ticks}\n\n_12 ms_`,
    )
    expect(report({ output }).markdown).not.toMatch(/\p{Cc}(?<!\n)/u)
  })

  it('takes escapes that are no colours for nothing', () => {
    expect(report({ output: '\u001b[5m\u001b[Hx\u001b[99z' }, { colours: true }).markdown).toBe(
      '```\nx\n```\n\n_12 ms_',
    )
  })

  it('ends colours that are cut', () => {
    const output = `\u001b[31m${'x'.repeat(3_000)}\u001b[0m`
    const { markdown, file } = report({ output }, { colours: true })
    expect(markdown).toContain('x\u001b[0m\n```\n')
    expect(String(file?.data)).toBe('x'.repeat(3_000))
  })

  it('leads to the whole run', () => {
    expect(report({}, { link: 'https://hub/admin/runs/1' }).markdown).toContain(
      '_12 ms_ · [whole run](https://hub/admin/runs/1)',
    )
  })

  it('puts a long output into a file', () => {
    const output = Array.from({ length: 100 }, (_, line) => `line ${line}`).join('\n')
    const { markdown, file } = report({ output })
    expect(markdown).toContain('line 29\n```\n\n_Output cut._')
    expect(String(file?.data)).toBe(output)
  })
})
