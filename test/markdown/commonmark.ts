import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

export interface SpecExample {
  readonly number: number
  readonly section: string
  readonly markdown: string
  readonly html: string
}

const EXAMPLE = /^`{32} example\n([\s\S]*?)^\.\n([\s\S]*?)^`{32}$|^#{1,6} +(.*)$/gm

/** The examples of the CommonMark specification, numbered as on spec.commonmark.org. */
export function commonmarkExamples(): SpecExample[] {
  const path = createRequire(import.meta.url).resolve('commonmark-spec/spec.txt')
  const spec = readFileSync(path, 'utf8').replace(/\r\n?/g, '\n').split('<!-- END TESTS -->')[0] ?? ''
  let section = ''
  const examples: SpecExample[] = []
  for (const [, markdown, html = '', heading] of spec.matchAll(EXAMPLE)) {
    if (markdown === undefined) section = heading ?? section
    else
      examples.push({
        number: examples.length + 1,
        section,
        markdown: markdown.replaceAll('→', '\t'),
        html: html.replaceAll('→', '\t'),
      })
  }
  return examples
}

/** What a browser would show of an example, pictures by their alternative texts. */
export const textOfHtml = (html: string): string =>
  html
    .replace(/<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[[\s\S]*?\]\]>/g, ' ')
    .replace(/<img[^>]*?alt="([^"]*)"[^>]*>/g, '$1')
    .replace(/<\/?(?:em|strong|code|del)>/g, '')
    .replace(/<\/?a(?:\s[^<>]*)?>/g, ' ')
    .replace(/<\/?[a-zA-Z][^<>]*>/g, '\n')
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
