import { describe, expect, it } from 'vitest'
import { parseRun, RUN_LANGUAGE_LIST, runLanguage } from '../../src/core/command-line.ts'

const code = (language: string, source: string, more: object = {}) => ({
  kind: 'code',
  code: { language, source, ...more },
})

describe('the language of code', () => {
  it.each([
    ['js', 'javascript'],
    ['Node', 'javascript'],
    ['tsx', 'typescript'],
    ['py', 'python'],
    ['Python3', 'python'],
    ['sqlite', 'sql'],
    ['LUA', 'lua'],
  ])('is known as %s', (name, language) => {
    expect(runLanguage(name)).toBe(language)
    expect(parseRun(`${name} 1`)).toEqual(code(language, '1'))
    expect(parseRun(`\`\`\`${name}\n1\n\`\`\``)).toEqual(code(language, '1'))
  })

  it('is that of the word before the fence, else of the fence, else JavaScript', () => {
    expect(parseRun('py\n```\nprint(1)\n```')).toEqual(code('python', 'print(1)'))
    expect(parseRun('py\n```js\nprint(1)\n```')).toEqual(code('python', 'print(1)'))
    expect(parseRun('```\n1\n```')).toEqual(code('javascript', '1'))
    expect(parseRun('1 + 1')).toEqual(code('javascript', '1 + 1'))
    expect(parseRun('lua `return 1`')).toEqual(code('lua', 'return 1'))
    expect(parseRun('py\nfor n in [1]:\n    print(n)')).toEqual(code('python', 'for n in [1]:\n    print(n)'))
  })

  it('is refused by its name where it is not run here', () => {
    expect(parseRun('cobol\n```\nX\n```')).toEqual({ kind: 'unknown-language', language: 'cobol' })
    expect(parseRun('```cobol\nX\n```')).toEqual({ kind: 'unknown-language', language: 'cobol' })
    expect(RUN_LANGUAGE_LIST).toBe('JavaScript, TypeScript, Python, SQL, Lua')
  })
})

describe('arguments and input', () => {
  it('stand around the fence', () => {
    expect(parseRun('py one "two words"\n```\nX\n```\nfirst\nsecond')).toEqual(
      code('python', 'X', { args: ['one', 'two words'], stdin: 'first\nsecond\n' }),
    )
    expect(parseRun('py\none and\ntwo\n```\nX\n```')).toEqual(
      code('python', 'X', { args: ['one and', 'two'] }),
    )
    expect(parseRun('a b\n```py\nX\n```')).toEqual(code('python', 'X', { args: ['a', 'b'] }))
  })

  it('come in a fence of their own', () => {
    const stdin = { stdin: '1\n\n2' }
    expect(parseRun('```py\nX\n```\nwith\n```stdin\n1\n\n2\n```')).toEqual(code('python', 'X', stdin))
    expect(parseRun('```stdin\n1\n\n2\n```\n```py\nX\n```')).toEqual(code('python', 'X', stdin))
    expect(parseRun('```stdin\n1\n```')).toEqual({ kind: 'no-code' })
  })

  it('keep fences of other lengths inside', () => {
    expect(parseRun('````py\n"""\n```\n"""\n````')).toEqual(code('python', '"""\n```\n"""'))
    expect(parseRun('```py\nunclosed')).toEqual(code('python', 'unclosed'))
  })

  it('are held to the limit too', () => {
    expect(parseRun(`\`\`\`py\nX\n\`\`\`\n${'é'.repeat(40_000)}`)).toEqual({ kind: 'too-long' })
    expect(parseRun('x'.repeat(70_000))).toEqual({ kind: 'too-long' })
    expect(parseRun('py')).toEqual({ kind: 'no-code' })
  })
})
