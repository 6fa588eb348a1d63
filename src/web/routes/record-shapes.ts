import { z } from 'zod'
import { ADMIN_ROLES } from '../../ports/admin-store.ts'
import { CONTENT_FILTERS, TURN_FILTERS } from '../../ports/conversation-records.ts'
import { adminShape, decisionShape } from './shapes.ts'

const timeShape = z.string().describe('ISO 8601')
const named = z.object({ id: z.string(), name: z.string() })
const turnState = z.enum(['ready', 'working', 'done', 'failed', 'stopped', 'cancelled'])

export const conversationFilterShape = {
  state: z.enum(TURN_FILTERS).optional(),
  holds: z.enum(CONTENT_FILTERS).optional().describe('Only with voice messages or runs'),
  search: z.string().trim().max(200).optional().describe('Part of a question, an answer or a transcript'),
}

const placeShape = z.object({
  id: z.string(),
  workspace: named,
  platform: z.string(),
  channel: z.object({ id: z.string(), name: z.string().nullable(), kind: z.enum(['direct', 'group']) }),
})

export const conversationShape = placeShape.extend({
  latest: z.object({
    messageId: z.string(),
    turnId: z.string(),
    person: named,
    at: timeShape,
    state: turnState,
    question: z.string().nullable(),
    answer: z.string().nullable(),
  }),
})

export const exchangeShape = z.object({
  messageId: z.string(),
  conversationId: z.string().nullable(),
  person: named,
  receivedAt: timeShape,
  text: z.string().nullable(),
  edited: z.boolean(),
  deleted: z.boolean(),
  attachments: z.array(
    z.object({
      kind: z.string(),
      name: z.string(),
      sizeBytes: z.number().nullable(),
      durationMs: z.number().nullable(),
      transcript: z.string().nullable(),
      doubtful: z.boolean(),
      language: z.string().nullable(),
      /** Of a file: what it is, or why it could not be read. */
      reading: z
        .object({
          kind: z.string().nullable(),
          fault: z.string().nullable(),
          characters: z.number(),
          truncated: z.boolean(),
        })
        .nullable(),
    }),
  ),
  decisions: z.array(decisionShape),
  turn: z
    .object({
      id: z.string(),
      step: z.string(),
      state: turnState,
      attempts: z.number(),
      error: z.object({ code: z.string(), message: z.string() }).nullable(),
    })
    .nullable(),
  runId: z.string().nullable(),
  answers: z.array(
    z.object({
      id: z.string(),
      state: z.string(),
      markdown: z.string(),
      private: z.boolean(),
      model: z.string().nullable(),
      round: z.number(),
      messages: z.number().describe('Of the platform'),
      deliveredAt: timeShape.nullable(),
      feedback: z.array(
        z.object({
          person: named,
          value: z.enum(['up', 'down']),
          round: z.number().describe('Which making of the answer they saw'),
          at: timeShape,
        }),
      ),
    }),
  ),
  timeline: z
    .object({
      start: timeShape,
      totalMs: z.number(),
      stages: z.array(
        z.object({
          name: z.enum(['waiting', 'speech', 'run', 'thinking', 'writing']),
          fromMs: z.number(),
          toMs: z.number(),
          model: z.string().nullable(),
          server: z.string().nullable(),
          promptTokens: z.number(),
          completionTokens: z.number(),
        }),
      ),
      moments: z.array(z.object({ name: z.enum(['first_token', 'shown', 'done']), atMs: z.number() })),
    })
    .nullable()
    .describe('Of the latest making of the answer'),
})

export const conversationDetailShape = placeShape.extend({
  exchanges: z.array(exchangeShape).describe('Oldest first'),
})

export const usageShape = z.object({
  from: timeShape,
  to: timeShape,
  rows: z.array(
    z.object({
      day: z.string().nullable().describe('In UTC'),
      model: z.string().nullable(),
      person: named.nullable(),
      workspace: named.nullable(),
      answers: z.number(),
      promptTokens: z.number(),
      completionTokens: z.number(),
      transcriptions: z.number(),
      audioMs: z.number(),
      runs: z.number(),
      busyMs: z.number(),
      calls: z.number().describe('Of chat models, those that failed included'),
      costMicros: z.number().describe('Millionths of money'),
    }),
  ),
})

export const runShape = z.object({
  id: z.string(),
  workspace: named,
  platform: z.string(),
  conversationId: z.string(),
  messageId: z.string(),
  person: named,
  language: z.string(),
  at: timeShape,
  turnState,
  reason: z.string().nullable().describe('null: it has not run to its end'),
  wallMs: z.number().nullable(),
})

export const runDetailShape = runShape.extend({
  source: z.string(),
  stdin: z.string().nullable(),
  result: z
    .object({
      reason: z.string(),
      exitCode: z.number().optional(),
      output: z.string(),
      truncated: z.boolean(),
      value: z.string().optional(),
      error: z
        .object({ name: z.string(), message: z.string(), stack: z.string(), line: z.number().optional() })
        .optional(),
      cpuMs: z.number(),
      wallMs: z.number(),
      memoryBytes: z.number(),
    })
    .nullable(),
})

export const queueShape = z.object({
  waiting: z.number(),
  working: z.number(),
  failed: z.number(),
  oldestWaitingSince: timeShape.nullable(),
})

export const workShape = z.object({
  id: z.string(),
  messageId: z.string(),
  conversationId: z.string(),
  workspace: named,
  platform: z.string(),
  channel: z.object({ name: z.string().nullable(), kind: z.enum(['direct', 'group']) }),
  person: z.string(),
  step: z.string(),
  createdAt: timeShape,
  startedAt: timeShape.nullable(),
  finishedAt: timeShape.nullable(),
  notBefore: timeShape.nullable(),
  blocked: z.boolean().describe('Others of its conversation come first'),
  attempts: z.number(),
  deaths: z.number().describe('Workers that ended over it'),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
})

export const memberShape = adminShape.omit({ language: true }).extend({
  role: z.enum(ADMIN_ROLES),
  workspaces: z.array(z.object({ id: z.string(), name: z.string() })).describe('Of a workspace admin'),
  createdAt: timeShape,
  linkUntil: timeShape.nullable().describe('They have yet to choose a password, until then'),
  lastLogInAt: timeShape.nullable(),
})

export const madeLinkShape = z.object({
  person: memberShape,
  link: z.string().describe('Works once; never given again'),
})
