import { parseMarkdown } from '../../src/markdown/parse.ts'
import { split } from '../../src/markdown/split.ts'
import type { Block } from '../../src/markdown/tree.ts'
import type { FormattedPart } from '../../src/model/outbound.ts'
import { toHtml } from './html.ts'
import { withoutPings } from './pings.ts'
import { toPlain } from './plain.ts'

/** Bytes of the larger form: an edit carries both twice, and an event must stay under 65536. */
const MAX_BYTES = 12 * 1024

/**
 * HTML with a plain form. Body: `{ msgtype, body, format, formatted_body, 'm.mentions' }`, ready to be the content
 * of an m.room.message.
 */
export function format(markdown: string): readonly FormattedPart[] {
  return split(parseMarkdown(markdown), { limit: MAX_BYTES, measure: (part) => sizeOf(print(part)) })
    .map(print)
    .filter(({ body }) => /[^\s\p{Cf}]/u.test(body))
    .map(({ body, html }) => ({
      body: {
        msgtype: 'm.notice',
        body,
        format: 'org.matrix.custom.html',
        formatted_body: html,
        'm.mentions': {},
      },
    }))
}

interface Printed {
  readonly body: string
  readonly html: string
}

/** The size as JSON carries it. */
const sizeOf = ({ body, html }: Printed): number =>
  Math.max(Buffer.byteLength(JSON.stringify(body)), Buffer.byteLength(JSON.stringify(html)))

const print = (blocks: readonly Block[]): Printed => ({
  body: withoutPings(toPlain(blocks)),
  html: toHtml(blocks),
})
