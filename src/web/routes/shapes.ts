import { z } from 'zod'
import { abilitiesSchema, SERVER_KINDS } from '../../model/model-abilities.ts'
import { LANGUAGES, settingsSchema } from '../../model/settings.ts'
import { ADMIN_ROLES } from '../../ports/admin-store.ts'
import type { OpenedSession } from '../sessions/live-sessions.ts'

export const errorShape = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    fields: z.record(z.string(), z.string()).optional(),
  }),
})

export const idOf = <Id extends string>() => z.uuid().transform((id) => id as Id)

export const pageQuery = <Id extends string>() =>
  z.object({
    limit: z.coerce.number().int().min(1).max(500).default(100),
    after: idOf<Id>().optional(),
  })

const timeShape = z.string().describe('ISO 8601')

export const adminShape = z.object({
  id: z.string(),
  email: z.string(),
  role: z.enum(ADMIN_ROLES),
  language: z.enum(LANGUAGES),
  name: z.string().nullable(),
})

export const tokenShape = z.object({
  token: z.string().describe('A JWT of half an hour'),
  expiresAt: z.string(),
  refreshToken: z
    .string()
    .nullable()
    .describe('For `/refresh`, once; null: a renewal at the same moment has it'),
  refreshExpiresAt: z.string().nullable(),
})

export function tokenAnswer({ token, expiresAt, refresh }: OpenedSession): z.infer<typeof tokenShape> {
  return {
    token,
    expiresAt: expiresAt.toISOString(),
    refreshToken: refresh?.token ?? null,
    refreshExpiresAt: refresh?.expiresAt.toISOString() ?? null,
  }
}

export const sessionShape = z.object({
  id: z.string(),
  current: z.boolean(),
  createdAt: timeShape,
  expiresAt: timeShape,
  userAgent: z.string().nullable(),
  address: z.string().nullable(),
})

export const workspaceShape = z.object({
  id: z.string(),
  platform: z.string(),
  externalId: z.string(),
  name: z.string(),
  connection: z.object({ id: z.string(), slug: z.string(), name: z.string() }),
  createdAt: timeShape,
  lastMessageAt: timeShape.nullable(),
})

export const channelShape = z.object({
  id: z.string(),
  workspaceId: z.string(),
  externalId: z.string(),
  name: z.string().nullable(),
  kind: z.enum(['direct', 'group']),
  hasOwnSettings: z.boolean(),
})

const { shape } = settingsSchema
export const settingsShape = z.object({
  own: z.object(settingsSchema.partial().shape),
  effective: z.object({
    ...shape,
    model: shape.model.nullable().describe('null: the first that a server lists'),
    fallback: shape.fallback.nullable(),
    trial: shape.trial.nullable(),
    maxOutputTokens: shape.maxOutputTokens.nullable().describe('null: as the server decides'),
    voiceMinutes: shape.voiceMinutes.nullable().describe('null: no limit'),
    language: shape.language.nullable().describe("null: the asker's own"),
  }),
})

export const modelShape = z.object({
  name: z.string(),
  contextLength: z.number().nullable().describe('Tokens'),
  servers: z.array(z.object({ id: z.string(), name: z.string(), up: z.boolean() })),
})

const source = z.enum(['environment', 'admin', 'simulator'])

export const serverShape = z.object({
  id: z.string(),
  name: z.string(),
  purpose: z.enum(['chat', 'speech']),
  baseUrl: z.string(),
  hasApiKey: z.boolean(),
  source,
  defaultModel: z.string().nullable(),
  state: z.enum(['unknown', 'up', 'down']),
  stateDetail: z.string().nullable(),
  checkedAt: timeShape.nullable(),
  models: z.array(
    z.object({ name: z.string(), contextLength: z.number().nullable(), abilities: abilitiesSchema }),
  ),
  kind: z.enum(SERVER_KINDS).nullable(),
  concurrency: z.number().nullable(),
  priorities: z.boolean(),
  load: z.object({ running: z.number(), waiting: z.number(), cacheUse: z.number() }).nullable(),
})

export const serverHealthShape = z.object({
  calls: z.number(),
  failed: z.number(),
  running: z.number(),
  firstTokenMs: z.object({ median: z.number(), slow: z.number() }).nullable(),
  tokensPerSecond: z.number().nullable(),
  faults: z.array(
    z.object({
      at: timeShape,
      model: z.string().nullable(),
      code: z.string(),
      detail: z.string(),
      messageId: z.string().nullable(),
    }),
  ),
})

export const connectionShape = z.object({
  id: z.string(),
  platform: z.string(),
  slug: z.string(),
  name: z.string(),
  source,
  paused: z.boolean(),
  state: z.string(),
  stateDetail: z.string().nullable(),
  stateAt: timeShape,
  account: z.string().nullable(),
})

export const messageShape = z.object({
  id: z.string(),
  workspaceId: z.string(),
  channel: z.object({ name: z.string().nullable(), kind: z.enum(['direct', 'group']) }),
  person: z.string(),
  receivedAt: timeShape,
  text: z.string().nullable(),
  turnState: z.string().nullable(),
})

export const decisionShape = z.object({
  at: timeShape,
  code: z.string(),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  text: z.string(),
})

export const auditShape = z.object({
  seq: z.number(),
  at: timeShape,
  actor: z.string(),
  action: z.string(),
  target: z.string(),
  workspaceId: z.string().nullable(),
  before: z.unknown(),
  after: z.unknown(),
})
