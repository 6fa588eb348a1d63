import { z } from 'zod'
import { USAGE_DIMENSIONS, type UsageDimension } from '../../ports/usage-reports.ts'
import { MOST_CSV_ROWS, spanOf, spanSchema, usageCsv } from '../actions/usage.ts'
import type { WebParts } from '../parts.ts'
import type { App } from '../request.ts'
import { usageShape } from './record-shapes.ts'
import { errorShape } from './shapes.ts'

const MOST_ROWS = 10_000

const dimension = z.enum(USAGE_DIMENSIONS)
const dimensions = z
  .string()
  .default('day')
  .transform((given) => given.split(','))
  .pipe(z.array(dimension).max(USAGE_DIMENSIONS.length))
  .describe('Of `day`, `model`, `person`, `workspace`, with commas between')

export function addUsageRoutes(api: App, { usage }: WebParts): void {
  api.get(
    '/usage',
    {
      schema: {
        summary: 'Answers, tokens, voice and runs, summed up',
        querystring: spanSchema.extend({ by: dimensions }),
        response: { 200: usageShape, '4xx': errorShape },
      },
    },
    async (request) => {
      const span = spanOf(request.query)
      const by = [...new Set<UsageDimension>(request.query.by)]
      const rows = await usage.read(span, by, MOST_ROWS)
      return {
        from: span.from.toISOString(),
        to: span.to.toISOString(),
        rows: rows.map((row) => ({
          ...row,
          day: row.day ?? null,
          model: row.model ?? null,
          person: row.person ?? null,
          workspace: row.workspace ?? null,
        })),
      }
    },
  )

  api.get(
    '/usage.csv',
    {
      schema: {
        summary: 'The same by day, workspace, person and model, for spreadsheets',
        querystring: spanSchema,
        response: { 200: z.string().describe('text/csv'), '4xx': errorShape },
      },
    },
    async (request, reply) => {
      const rows = await usage.read(
        spanOf(request.query),
        ['day', 'workspace', 'person', 'model'],
        MOST_CSV_ROWS,
      )
      return reply.type('text/csv; charset=utf-8').send(usageCsv(rows))
    },
  )
}
