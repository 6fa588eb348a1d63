import { describe, expect, it } from 'vitest'
import { RUN_LANGUAGE_LIST, runLanguage } from '../../src/core/run-languages.ts'
import { parseRun as parseCall } from '../../src/core/run-line.ts'
import { externalId } from '../../src/model/ids.ts'
import type { InboundAttachment } from '../../src/model/inbound.ts'

const parseRun = (argument: string) => parseCall({ argument })

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
    expect(parseRun('cobol')).toEqual(code('javascript', 'cobol'))
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

describe('bare text', () => {
  it.each([
    ['cobol DISPLAY "x"', 'cobol'],
    ['cobol\nDISPLAY "x".', 'cobol'],
    ['Ruby puts 1', 'Ruby'],
    ['rust fn main() {}', 'rust'],
    ['c++ int main() {}', 'c++'],
    ['c# class A {}', 'c#'],
    ['go package main', 'go'],
    ['hello world', 'hello'],
    ['whatever 1 + 1', 'whatever'],
  ])('%j asks for a language that is not run here', (text, language) => {
    expect(parseRun(text)).toEqual({ kind: 'unknown-language', language })
  })

  it.each([
    '1 + 1',
    'let x = 1',
    'const go = 1; go',
    'async function f() {}',
    'type A = string',
    'a in b',
    'a instanceof B',
    'go = 1',
    'r + 1',
    'c++',
    'c ++',
    'd.e()',
    'f (x)',
    'x => x',
    'await 1',
    'using x = y',
    'label: for (;;) break label',
    '"cobol" + 1',
  ])('%j is JavaScript', (text) => {
    expect(parseRun(text)).toEqual(code('javascript', text))
  })
})

describe('several fences', () => {
  it('are a program and its files', () => {
    expect(parseRun('```py\nimport helper\n```\n```py helper.py\nX\n```')).toEqual(
      code('python', 'import helper', { files: [{ name: 'helper.py', text: 'X' }] }),
    )
    expect(
      parseRun('```js\nA\n```\nand\n```js\n// helper.js\nB\n```\n```json\n{}\n```\n```stdin\n1\n```'),
    ).toEqual(
      code('javascript', 'A', {
        files: [
          { name: 'helper.js', text: '// helper.js\nB' },
          { name: 'file3.json', text: '{}' },
        ],
        stdin: '1',
      }),
    )
  })

  it('run the one that is called main', () => {
    expect(parseRun('```lua tools.lua\nT\n```\n```lua:main.lua\nM\n```')).toEqual(
      code('lua', 'M', { files: [{ name: 'tools.lua', text: 'T' }] }),
    )
    expect(parseRun('```tools.lua\nT\n```\n```main.lua\nM\n```')).toEqual(
      code('lua', 'M', { files: [{ name: 'tools.lua', text: 'T' }] }),
    )
  })
})

const file = (name: string, more: Partial<InboundAttachment> = {}): InboundAttachment => ({
  kind: 'file',
  externalId: externalId(name),
  name,
  reference: { at: name },
  ...more,
})
const attached = (name: string, role: string) => ({ name, role, reference: { at: name } })

describe('attached files', () => {
  it('run by their ending, with arguments beside the command', () => {
    expect(parseCall({ argument: 'one two', attachments: [file('sum.py')] })).toEqual(
      code('python', '', { args: ['one', 'two'], attached: [attached('sum.py', 'source')] }),
    )
    expect(parseCall({ argument: 'ts 1', attachments: [file('a.txt')] })).toEqual(
      code('typescript', '', { args: ['1'], attached: [attached('a.txt', 'source')] }),
    )
  })

  it('are program, files and input by their names', () => {
    const attachments = ['data.csv', 'stdin.txt', 'main.sql', 'photo.png'].map((name) =>
      file(name, name.endsWith('png') ? { kind: 'image' } : {}),
    )
    expect(parseCall({ argument: '', attachments })).toEqual(
      code('sql', '', {
        attached: [
          attached('data.csv', 'file'),
          attached('stdin.txt', 'stdin'),
          attached('main.sql', 'source'),
        ],
      }),
    )
  })

  it('never keep a path in their names', () => {
    expect(parseCall({ argument: '', attachments: [file('a.js'), file('../../etc/pass wd')] })).toMatchObject(
      {
        code: { attached: [{ name: 'a.js' }, { name: 'pass_wd' }] },
      },
    )
  })

  it('that hold no program, or are too large, are not taken', () => {
    expect(parseCall({ argument: '', attachments: [file('notes.txt')] })).toEqual({ kind: 'no-code' })
    expect(parseCall({ argument: '', attachments: [file('a.js', { sizeBytes: 70_000 })] })).toEqual({
      kind: 'too-long',
    })
    const many = Array.from({ length: 11 }, (_, index) => file(`${index}.js`))
    expect(parseCall({ argument: '', attachments: many })).toEqual({ kind: 'too-long' })
  })
})

describe('the message that a command is about', () => {
  const quote = (text: string, attachments: InboundAttachment[] = []) => ({ text, attachments })

  it('gives its code, and none of its talk', () => {
    const quoted = quote('try this:\n```py\nprint(1)\n```\nit works, `really`')
    expect(parseCall({ argument: '', quoted })).toEqual(code('python', 'print(1)'))
    expect(parseCall({ argument: 'lua', quoted })).toEqual(code('lua', 'print(1)'))
    expect(parseCall({ argument: '```stdin\n5\n```', quoted })).toEqual(
      code('python', 'print(1)', { stdin: '5' }),
    )
    expect(parseCall({ argument: '2 + 2', quoted })).toEqual(code('javascript', '2 + 2'))
    expect(parseCall({ argument: '', quoted: quote('`1 + 1`') })).toEqual(code('javascript', '1 + 1'))
    expect(parseCall({ argument: '', quoted: quote('good morning') })).toEqual({ kind: 'no-code' })
    expect(parseCall({ argument: '', quoted: quote('look', [file('x.lua')]) })).toEqual(
      code('lua', '', { attached: [attached('x.lua', 'source')] }),
    )
  })
})
