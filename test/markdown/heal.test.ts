import { describe, expect, it } from 'vitest'
import { heal } from '../../src/markdown/heal.ts'
import { parseMarkdown } from '../../src/markdown/parse.ts'
import { corpus } from './corpus.ts'

describe('heal', () => {
  it.each([
    ['a **bo', 'a **bo**'],
    ['a **bo ', 'a **bo**'],
    ['a **bold*', 'a **bold**'],
    ['a **', 'a'],
    ['*a **b', '*a **b***'],
    ['**a** and *b', '**a** and *b*'],
    ['~~de', '~~de~~'],
    ['x `co', 'x `co`'],
    ['x ``co`', 'x ``co``'],
    ['**x `co', '**x `co`**'],
    ['see [la', 'see la'],
    ['see [label](https://exam', 'see label'],
    ['see [**la', 'see **la**'],
    ['![im](ht', 'im'],
    ['- one\n- **tw', '- one\n- **tw**'],
    ['text\n-', 'text'],
    ['text\n#', 'text'],
    ['| a | b', '| a | b |\n| --- | --- |'],
    ['| a | b |\n|--', '| a | b |\n| --- | --- |'],
    ['| a | b |\n|---|---|\n| x | **y', '| a | b |\n|---|---|\n| x | **y**'],
    ['```js\nlet x\n``', '```js\nlet x'],
    ['$$\nx_1', '$$\nx_1\n$$'],
  ])('%j', (cut, healed) => {
    expect(heal(cut)).toBe(healed)
  })

  it.each([
    'snake_case',
    '2 * 3 * 4',
    'a_b and c * d',
    '- [ ] task',
    '**done** `x` [l](https://x.org)',
    '```\n**x',
    '42.',
    '',
  ])('leaves %j alone', (text) => {
    expect(heal(text)).toBe(text)
  })

  it('leaves whole answers alone, in what they show', () => {
    const sound = [
      'styles',
      'nested lists',
      'table',
      'portuguese',
      'steps',
      'code js',
      'quote with all',
      'hebrew',
    ]
    for (const name of sound) {
      const text = corpus[name] ?? ''
      expect(parseMarkdown(heal(text))).toEqual(parseMarkdown(text))
    }
  })
})
