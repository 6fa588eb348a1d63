import { describe, expect, it } from 'vitest'
import { format as discord } from '../../adapters/discord/encode.ts'
import { format as matrix } from '../../adapters/matrix/encode.ts'
import { fileOfLongCode, textBesideFiles, wholeText } from '../../src/core/showing.ts'

const NOTICE = '_The answer reached its length limit._'

const shown = (text: string): string =>
  discord(wholeText({ preface: '', text, notice: NOTICE }))
    .map(({ body }) => body.content)
    .join('\n')

describe('what the hub says under an answer', () => {
  it.each([
    ['plain text', 'All is well.'],
    ['an open fence', 'Here:\n\n```ts\nconst a = 1'],
    ['an open tilde fence', '~~~\ncode'],
    ['an open fence in a list', '- one\n\n  ```js\n  let a'],
    ['half a bold word', 'This is **import'],
    ['a text too costly to read', `${'*a _b [c] '.repeat(600)}\n\n`.repeat(8)],
    ['an open formula', '$$\nx^2'],
    ['half a table', '| a | b |\n|--'],
  ])('is shown as it is meant, under %s', (_, text) => {
    expect(shown(text)).toMatch(/\*The answer reached its length limit\.\*$/)
  })
})

describe('code too long for a chat', () => {
  const lines = Array.from({ length: 400 }, (_, n) => `print("line number ${n}")`)
  const text = `Here it is:\n\n\`\`\`python\n${lines.join('\n')}\n\`\`\`\n\nRun it.`

  it('goes as a file of its kind, whole', () => {
    const file = fileOfLongCode(text)
    expect(file?.name).toBe('code.py')
    expect(file?.data.toString()).toBe(lines.join('\n'))
  })

  it('leaves its beginning in the chat, and the name of the file', () => {
    const beside = textBesideFiles({ preface: '', text, notice: '' }, ['code.py'])
    const parts = matrix(beside)
    expect(parts).toHaveLength(1)
    expect(parts[0]?.body.body).toMatch(
      /^Here it is:\n\nprint\("line number 0"\)[\s\S]*number 24"\)\n\n⤓ code\.py\n\nRun it\.$/,
    )
  })

  it('stays in the text where no file was made of it', () => {
    expect(textBesideFiles({ preface: '', text, notice: '' }, ['output.txt'])).toBe(text)
  })

  it('is left alone where it is short', () => {
    expect(fileOfLongCode('```js\nlet a\n```')).toBeUndefined()
    expect(fileOfLongCode('word '.repeat(5000))).toBeUndefined()
  })
})
