import { type Line, toLines } from '../../src/markdown/lines.ts'
import { type Block, type Inline, isBare } from '../../src/markdown/tree.ts'

const STYLE = {
  bullets: ['- '],
  checked: '☑ ',
  unchecked: '☐ ',
  indent: (marker: string) => ' '.repeat(marker.length),
}

/** For notifications and clients without HTML. */
export const toPlain = (blocks: readonly Block[]): string => toLines(blocks, STYLE).map(lineText).join('\n')

function lineText(line: Line): string {
  const quote = '> '.repeat(line.quotes)
  switch (line.kind) {
    case 'code':
      return line.value
        .split('\n')
        .map((one) => quote + one)
        .join('\n')
    case 'rule':
      return `${quote}———`
    case 'text':
      return quote + line.lead + inlinesText(line.content)
  }
}

function inlinesText(inlines: readonly Inline[]): string {
  return inlines
    .map((inline): string => {
      if (inline.type === 'text' || inline.type === 'code') return inline.value
      if (inline.type === 'break') return '\n'
      const inner = inlinesText(inline.children)
      return inline.type !== 'link' || isBare(inline, inner)
        ? inner
        : `${inner} (${inline.url.replace(/^mailto:/, '')})`
    })
    .join('')
}
