import { z } from 'zod'

/** Blocks of `InputRichMessage` without media, as core.telegram.org/bots/api describes them; no field is unknown. */
const richText: z.ZodType = z.lazy(() =>
  z.union([
    z.string(),
    z.array(richText),
    z.strictObject({
      type: z.enum([
        'bold',
        'italic',
        'underline',
        'strikethrough',
        'spoiler',
        'subscript',
        'superscript',
        'marked',
        'code',
      ]),
      text: richText,
    }),
    z.strictObject({ type: z.literal('url'), text: richText, url: z.url({ protocol: /^https?$/ }) }),
    z.strictObject({ type: z.literal('mathematical_expression'), expression: z.string().min(1) }),
  ]),
)

const cell = z.strictObject({
  text: richText.optional(),
  is_header: z.literal(true).optional(),
  colspan: z.number().int().positive().optional(),
  rowspan: z.number().int().positive().optional(),
  align: z.enum(['left', 'center', 'right']),
  valign: z.enum(['top', 'middle', 'bottom']),
})

const block: z.ZodType = z.lazy(() =>
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('paragraph'), text: richText }),
    z.strictObject({ type: z.literal('heading'), text: richText, size: z.number().int().min(1).max(6) }),
    z.strictObject({ type: z.literal('pre'), text: richText, language: z.string().min(1).optional() }),
    z.strictObject({ type: z.literal('footer'), text: richText }),
    z.strictObject({ type: z.literal('divider') }),
    z.strictObject({ type: z.literal('mathematical_expression'), expression: z.string().min(1) }),
    z.strictObject({
      type: z.literal('blockquote'),
      blocks: z.array(block).min(1),
      credit: richText.optional(),
    }),
    z.strictObject({
      type: z.literal('list'),
      items: z
        .array(
          z.strictObject({
            blocks: z.array(block),
            has_checkbox: z.literal(true).optional(),
            is_checked: z.literal(true).optional(),
            value: z.number().int().optional(),
            type: z.enum(['a', 'A', 'i', 'I', '1']).optional(),
          }),
        )
        .min(1),
    }),
    z.strictObject({
      type: z.literal('table'),
      cells: z.array(z.array(cell).min(1).max(20)).min(1),
      is_bordered: z.literal(true).optional(),
      is_striped: z.literal(true).optional(),
      is_compact: z.literal(true).optional(),
      caption: richText.optional(),
    }),
  ]),
)

/** What is wrong with the blocks; undefined: nothing. */
export function blockFault(blocks: unknown): string | undefined {
  const parsed = z.array(block).safeParse(blocks)
  if (parsed.success) return undefined
  const [issue] = parsed.error.issues
  return `can't parse rich message: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim()
}

/** How many blocks there are, inner ones counted, and how deep they stand. */
export function blockSize(blocks: unknown, depth = 1): { count: number; depth: number } {
  let size = { count: 0, depth }
  for (const one of Array.isArray(blocks) ? blocks : []) {
    const inner = [
      one?.blocks,
      ...(Array.isArray(one?.items) ? one.items.map((item: { blocks?: unknown }) => item?.blocks) : []),
    ]
    const within = inner.filter(Array.isArray).map((list) => blockSize(list, depth + 1))
    size = {
      count: size.count + 1 + within.reduce((sum, { count }) => sum + count, 0),
      depth: Math.max(size.depth, ...within.map((each) => each.depth)),
    }
  }
  return size
}
