import { z } from 'zod'
import type { WorkspaceId } from '../../model/ids.ts'
import type { UsageRow, UsageSpan } from '../../ports/usage-reports.ts'

const DAY_MS = 86_400_000
export const MOST_DAYS = 400
export const MOST_CSV_ROWS = 100_000

const daySchema = z.iso.date()

/** The last `days`, the running one included, or from one day to another. */
export const spanSchema = z.object({
  days: z.coerce
    .number()
    .int()
    .min(1)
    .max(MOST_DAYS)
    .optional()
    .describe('The last days; 30 where nothing is said'),
  from: daySchema.optional().describe('A day in UTC, counted in'),
  to: daySchema.optional().describe('A day in UTC, counted in'),
  workspace: z
    .uuid()
    .transform((id) => id as WorkspaceId)
    .optional(),
})

export function spanOf(
  { days = 30, from, to, workspace }: z.infer<typeof spanSchema>,
  now = new Date(),
): UsageSpan {
  const end = startOfDay(to === undefined ? now : new Date(to)) + DAY_MS
  const begin = from === undefined ? end - days * DAY_MS : new Date(from).getTime()
  return {
    from: new Date(Math.max(begin, end - MOST_DAYS * DAY_MS)),
    to: new Date(end),
    ...(workspace === undefined ? {} : { workspaceId: workspace }),
  }
}

export function daysIn({ from, to }: UsageSpan): readonly string[] {
  const days: string[] = []
  for (let at = from.getTime(); at < to.getTime(); at += DAY_MS) {
    days.push(new Date(at).toISOString().slice(0, 10))
  }
  return days
}

function startOfDay(at: Date): number {
  return Math.floor(at.getTime() / DAY_MS) * DAY_MS
}

const CSV_HEAD = [
  ...['day', 'workspace', 'person', 'model', 'answers', 'prompt_tokens', 'completion_tokens'],
  ...['transcriptions', 'audio_seconds', 'runs', 'busy_seconds', 'calls', 'cost'],
]

/** RFC 4180, with a mark by which spreadsheets see that it is UTF-8. */
export function usageCsv(rows: readonly UsageRow[]): string {
  const lines = rows.map((row) =>
    [
      row.day ?? '',
      row.workspace?.name ?? '',
      row.person?.name ?? '',
      row.model ?? '',
      row.answers,
      row.promptTokens,
      row.completionTokens,
      row.transcriptions,
      seconds(row.audioMs),
      row.runs,
      seconds(row.busyMs),
      row.calls,
      row.costMicros / 1_000_000,
    ].map(cell),
  )
  return `\uFEFF${[CSV_HEAD, ...lines].map((line) => `${line.join(',')}\r\n`).join('')}`
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10
}

/** A name that begins like a formula would be computed by spreadsheets. */
function cell(value: string | number): string {
  if (typeof value === 'number') return String(value)
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
