import { describe, expect, it } from 'vitest'
import { format as discord } from '../../../adapters/discord/encode.ts'
import { format as matrix } from '../../../adapters/matrix/encode.ts'
import { format as slack } from '../../../adapters/slack/encode.ts'
import { format as telegram } from '../../../adapters/telegram/encode.ts'
import type { FormattedPart } from '../../../src/model/outbound.ts'
import { telegramEntities } from './platforms.ts'

const all = (parts: readonly FormattedPart[], key: string): unknown =>
  parts.map(({ body }) => body[key]).join('\n=====\n')

describe('slack', () => {
  it.each([
    ['**b** *i* ~~s~~ `c`', '*b* _i_ ~s~ `c`'],
    ['un**frigging**believable', 'un\u200b*frigging*\u200bbelievable'],
    ['# A **b**', '*A b*'],
    ['[l & m](https://example.com/?a=1&b=2|3)', '<https://example.com/?a=1&amp;b=2%7C3|l &amp; m>'],
    ['a < b & c > d', 'a &lt; b &amp; c &gt; d'],
    ['<!channel> <@U1>', '&lt;!channel&gt; &lt;@U1&gt;'],
    ['[<!here>](https://example.com)', '<https://example.com|&lt;!here&gt;>'],
    ['\\> x', '\u200b&gt; x'],
    ['\\*x\\*', '*\u2060x*'],
    ['```js\na < b\n```', '```\na &lt; b\n```'],
    ['> q **b**\n> r', '> q *b*\n> r'],
    ['- a\n  - b\n- [x] c', '• a\n    ◦ b\n☑ c'],
    ['![alt](https://example.com/i.png)', '<https://example.com/i.png|alt>'],
    ['[x](javascript:alert)', 'x (javascript:alert)'],
    ['|a|b|\n|-|-|\n|1|22|', '```\na | b\n--|---\n1 | 22\n```'],
    ['*i***b**', '_i_\u200b*b*'],
    ['`a`b', '`a`\u200bb'],
    ['@here', '@\u2060here'],
  ])('%j', (markdown, shown) => {
    expect(all(slack(markdown), 'text')).toBe(shown)
  })
})

describe('discord', () => {
  it.each([
    ['**b** _i_ ~~s~~ `c`', '**b** *i* ~~s~~ `c`'],
    ['\\*x\\* a_b ||c|| \\`d', '\\*x\\* a\\_b \\|\\|c\\|\\| \\`d'],
    ['### A\n\n#### B', '### A\n\n**B**'],
    ['[l](https://example.com "T")', '[l](<https://example.com>) (T)'],
    ['https://example.com/a_b', '<https://example.com/a_b>'],
    ['[https://example.org](https://example.com)', 'https://example.org (<https://example.com>)'],
    ['@everyone `@here` <@123>', '@\u2060everyone `@\u2060here` \\<@\u2060123>'],
    ['[a](https://example.com/@everyone)', '[a](<https://example.com/%40everyone>)'],
    ['`` a`b ``', '``a`b``'],
    ['````md\n```js\n```\n````', '```md\n`\u200b`\u200b`js\n`\u200b`\u200b`\n```'],
    ['1\\. x\n\\- y\n\\# z', '1\\. x\n\\- y\n\\# z'],
    ['> a\n>\n> > b', '> a\n> \n> › b'],
    ['3. a\n4. b\n   - c', '3. a\n4. b\n   - c'],
    ['**a***b*', '**a**\u200b*b*'],
    ['me@example.com', 'me@example.com'],
  ])('%j', (markdown, shown) => {
    expect(all(discord(markdown), 'content')).toBe(shown)
  })
})

describe('telegram', () => {
  const entitiesOf = (markdown: string) =>
    telegram(markdown).flatMap((part) =>
      telegramEntities(part).map((entity) => {
        const { type, offset, length, ...rest } = entity
        const text = `${part.body.text}`.slice(offset, offset + length)
        return [type, text, ...Object.values(rest)].join(' ')
      }),
    )

  it.each([
    ['👍🏽 **b *i* b**', ['bold b i b', 'italic i']],
    ['**a `c` d**', ['bold a ', 'code c', 'bold  d']],
    ['# H\n\ntext', ['bold H']],
    ['```py\n@x\n```', ['pre @x py']],
    ['> q `c`\n> r', ['blockquote q c\nr', 'code c']],
    ['[**l**](https://example.com/x)', ['text_link l https://example.com/x', 'bold l']],
    ['[`c`](https://example.com/x)', ['text_link c https://example.com/x']],
    ['[l](http://localhost:1/x)', []],
    ['@name **@other** `@code`', ['bold @\u2060other', 'code @code']],
  ])('%j', (markdown, shown) => {
    expect(entitiesOf(markdown)).toEqual(shown)
  })

  it.each([
    ['[l](http://localhost:1/x)', 'l (http://localhost:1/x)'],
    ['a@example.com @name @*x*', 'a@example.com @\u2060name @\u2060x'],
    ['- a\n  1. b', '• a\n    1. b'],
  ])('writes %j', (markdown, shown) => {
    expect(all(telegram(markdown), 'text')).toBe(shown)
  })
})

describe('matrix', () => {
  it.each([
    ['a **b** < c', '<p>a <strong>b</strong> &lt; c</p>', 'a b < c'],
    ['```js\n1 < 2\n```', '<pre><code class="language-js">1 &lt; 2\n</code></pre>', '1 < 2'],
    ['3. a\n\n4. b', '<ol start="3"><li><p>a</p></li><li><p>b</p></li></ol>', '3. a\n\n4. b'],
    ['<script>x</script>', '<p>&lt;script&gt;x&lt;/script&gt;</p>', '<script>x</script>'],
    [
      '[l](https://example.com/"x)',
      '<p><a href="https://example.com/%22x">l</a></p>',
      'l (https://example.com/%22x)',
    ],
    [
      '@room @ana:example.org',
      '<p>@\u2060room @\u2060ana:example.org</p>',
      '@\u2060room @\u2060ana:example.org',
    ],
    [
      '|a|\n|-|\n|1|',
      '<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>',
      'a\n-\n1',
    ],
  ])('%j', (markdown, html, body) => {
    expect(all(matrix(markdown), 'formatted_body')).toBe(html)
    expect(all(matrix(markdown), 'body')).toBe(body)
  })
})

describe('all', () => {
  it('goes on with a cut fence in its language', () => {
    const code = Array.from({ length: 200 }, (_, n) => `const value${n} = ${n}`).join('\n')
    const parts = discord(`\`\`\`ts\n${code}\n\`\`\``).map(({ body }) => `${body.content}`)
    expect(parts.length).toBeGreaterThan(1)
    for (const part of parts) expect(part).toMatch(/^```ts\nconst [\s\S]*\d\n```$/)
    expect(parts.map((part) => part.slice(6, -4)).join('\n')).toBe(code)
  })

  it('goes on with the numbers of a cut list', () => {
    const source = Array.from({ length: 200 }, (_, n) => `${n + 1}. item ${n + 1} with some words`).join('\n')
    expect(
      discord(source)
        .map(({ body }) => body.content)
        .join('\n'),
    ).toBe(source)
  })

  it('says the head of a cut table again', () => {
    const rows = Array.from({ length: 300 }, (_, n) => `| ${n} | name ${n} |`).join('\n')
    const parts = slack(`| id | name |\n|---|---|\n${rows}`)
    expect(parts.length).toBeGreaterThan(1)
    for (const { body } of parts) expect(body.text).toMatch(/^```\nid {2}\| name\n/)
  })

  it('shows a wide table as a list', () => {
    const wide = `| Name | Purpose |\n|---|---|\n| lib | ${'words '.repeat(30)}|`
    expect(all(slack(wide), 'text')).toMatch(/^• \*Name: lib\*\n {4}Purpose: words words/)
  })
})

describe('previews of links', () => {
  const markdown = 'See https://example.com/a, [b](https://example.com/b) and `<https://example.com/c>`.'

  it('are held back on every platform that takes a word for it', () => {
    expect(all(discord(markdown), 'content')).toBe(
      'See <https://example.com/a>, [b](<https://example.com/b>) and `<https://example.com/c>`.',
    )
    for (const format of [discord, slack, telegram]) expect(all(format(markdown), 'linkPreviews')).toBe('')
  })

  it('are let through where the workspace wants them', () => {
    const wanted = { linkPreviews: true }
    expect(all(discord(markdown, wanted), 'content')).toBe(
      'See https://example.com/a, [b](https://example.com/b) and `<https://example.com/c>`.',
    )
    for (const format of [discord, slack, telegram])
      expect(all(format(markdown, wanted), 'linkPreviews')).toBe('true')
  })
})
