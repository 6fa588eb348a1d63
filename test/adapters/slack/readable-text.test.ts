import { describe, expect, test } from 'vitest'
import { mentions, readableText } from '../../../adapters/slack/readable-text.ts'

const names = {
  person: (id: string) => (id === 'U1' ? 'Ana &lt;3' : undefined),
  channel: (id: string) => (id === 'C1' ? 'general' : undefined),
}

describe('readable text', () => {
  test.each([
    ['&lt;b&gt; &amp;amp; &amp;lt;', '<b> &amp; &lt;'],
    ['<@U1> and <@U9> and <@U9|rui>', '@Ana &lt;3 and @U9 and @rui'],
    ['<#C1> <#C2> <#C2|random>', '#general #C2 #random'],
    ['<!here> <!channel|channel> <!subteam^S1|@ops> <!subteam^S2>', '@here @channel @ops @S2'],
    ['<!date^1700000000^{date}|14 November>', '14 November'],
    ['<https://example.org/?a=1&amp;b=2>', 'https://example.org/?a=1&b=2'],
    ['<https://example.org|our page>', 'our page (https://example.org)'],
    ['<http://example.org|example.org>', 'example.org'],
    ['<mailto:ana@example.org|ana@example.org>', 'ana@example.org'],
    ['```\na &lt; b\n```', '```\na < b\n```'],
    ['if (a<b && c>d) x<T>()', 'if (a<b && c>d) x<T>()'],
  ])('%s', (source, expected) => {
    expect(readableText(source, names)).toBe(expected)
  })

  test.each([
    ['/run ```const a = 1\nconsole.log(a)```', '/run\n```\nconst a = 1\nconsole.log(a)\n```'],
    ['/run ```ts\nlet a: number\n```', '/run\n```ts\nlet a: number\n```'],
    ['/run ts ```1 &lt; 2``` please', '/run ts\n```\n1 < 2\n```\nplease'],
    ['```\n  indented\n```\nafter', '```\n  indented\n```\nafter'],
    ['never closed ``` here', 'never closed ``` here'],
    ['`a` and ```b``` and ```c```', '`a` and\n```\nb\n```\nand\n```\nc\n```'],
  ])('code blocks have lines of their own: %s', (source, expected) => {
    expect(readableText(source, names)).toBe(expected)
  })

  test.each([
    ['<@UBOT> hello', 'hello'],
    ['<@UBOT>: hello', 'hello'],
    ['<@UBOT>, /why', '/why'],
    ['hello <@UBOT> there', 'hello there'],
    ['hello <@UBOT|brainall>', 'hello'],
    ['<@UBOT>\n```\ncode\n```', '```\ncode\n```'],
    ['one\n<@UBOT> two', 'one\ntwo'],
    ['<@UBOT>', ''],
  ])('without the bot itself: %s', (source, expected) => {
    expect(readableText(source, names, 'UBOT')).toBe(expected)
    expect(mentions(source, 'UBOT')).toBe(true)
  })

  test('the bot is meant by its whole id only', () => {
    expect(mentions('<@UBOTX> hello', 'UBOT')).toBe(false)
    expect(mentions('&lt;@UBOT&gt; hello', 'UBOT')).toBe(false)
  })

  test('a hostile text takes no time', () => {
    const before = performance.now()
    readableText('<!'.repeat(200_000), names)
    readableText(`<https:${'a|'.repeat(200_000)}`, names)
    expect(performance.now() - before).toBeLessThan(500)
  })
})
