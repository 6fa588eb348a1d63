import { z } from 'zod'
import { MAX_ANSWER_BYTES, MAX_LINE_BYTES } from './limits.ts'

const text = (max: number) => z.string().max(max)

/** What a child may say. It runs strangers' code, so nothing of it is believed unchecked. */
const answer = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('output'), text: text(MAX_LINE_BYTES) }),
  z.strictObject({
    type: z.literal('done'),
    reason: z.enum(['ok', 'error', 'exit', 'cpu-timeout', 'memory', 'output-limit', 'unsettled', 'internal']),
    exitCode: z.int().min(0).max(255).optional(),
    value: text(20_000).optional(),
    error: z
      .strictObject({
        name: text(256),
        message: text(4_096),
        stack: text(4_096),
        line: z.int().positive().optional(),
      })
      .optional(),
    cpuMs: z.number().nonnegative(),
    memoryBytes: z.number().nonnegative(),
  }),
])

export type Answer = z.infer<typeof answer>
export type Done = Extract<Answer, { type: 'done' }>

export interface AnswerReader {
  /** Takes bytes as they come and gives the answers they complete; undefined once the child broke the rules. */
  read(chunk: Buffer): Answer[] | undefined
}

export function createAnswerReader(): AnswerReader {
  let rest: Buffer = Buffer.alloc(0)
  let total = 0
  return {
    read(chunk) {
      total += chunk.length
      if (total > MAX_ANSWER_BYTES) return undefined
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      const answers: Answer[] = []
      let from = 0
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
        const parsed = parse(bytes.toString('utf8', from, end))
        if (parsed === undefined) return undefined
        answers.push(parsed)
        from = end + 1
      }
      rest = bytes.subarray(from)
      return rest.length > MAX_LINE_BYTES ? undefined : answers
    },
  }
}

function parse(line: string): Answer | undefined {
  try {
    return answer.safeParse(JSON.parse(line)).data
  } catch {
    return undefined
  }
}
