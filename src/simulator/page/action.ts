import { z } from 'zod'
import { FAULT_KINDS, FAULT_TARGETS, PLATFORMS } from './sight.ts'

const TEXT_LIMIT = 40_000
/** Of an attachment, decoded. */
const FILE_BYTES_LIMIT = 16 * 1024 * 1024

const id = z.string().min(1).max(300)
const text = z.string().max(TEXT_LIMIT)
const placed = {
  platform: z.enum(PLATFORMS),
  person: id,
  channel: id,
  replyTo: id.optional(),
  threadRoot: id.optional(),
}
const onMessage = { platform: z.enum(PLATFORMS), person: id, message: id }
const mimetype = z
  .string()
  .max(200)
  .regex(/^[\w.+-]+\/[\w.+-]+(;.*)?$/, 'must look like type/subtype')
  .transform((value) => value.split(';')[0] ?? value)
const data = z
  .base64()
  .max(Math.ceil(FILE_BYTES_LIMIT / 3) * 4, 'may hold at most 16 MB')
  .transform((value) => Buffer.from(value, 'base64'))

const paneActionSchema = z.discriminatedUnion('do', [
  z.object({ do: z.literal('say'), ...placed, text: text.min(1) }),
  z.object({
    do: z.literal('attach'),
    ...placed,
    text: text.default(''),
    name: z.string().min(1).max(255),
    mimetype,
    data,
  }),
  z.object({
    do: z.literal('voice'),
    ...placed,
    mimetype,
    data,
    durationMs: z.number().min(1).max(3_600_000),
  }),
  z.object({ do: z.literal('edit'), ...onMessage, text: text.min(1) }),
  z.object({ do: z.literal('delete'), ...onMessage }),
  z.object({ do: z.literal('react'), ...onMessage, emoji: z.string().min(1).max(64) }),
  z.object({ do: z.literal('press'), ...onMessage, control: id, value: z.string().max(2000).optional() }),
  z.object({ do: z.literal('messageCommand'), ...onMessage, name: id }),
  z.object({ do: z.literal('openThread'), ...onMessage, name: z.string().min(1).max(100) }),
  z.object({
    do: z.literal('submitForm'),
    platform: z.enum(PLATFORMS),
    person: id,
    form: id,
    values: z.record(id, z.union([text, z.array(text).max(100)])),
  }),
  z.object({ do: z.literal('closeForm'), platform: z.enum(PLATFORMS), person: id, form: id }),
])

const stageActionSchema = z.discriminatedUnion('do', [
  z.object({
    do: z.literal('fault'),
    target: z.enum(FAULT_TARGETS),
    /** Null ends it. */
    kind: z.enum(FAULT_KINDS).nullable(),
  }),
  z.object({ do: z.literal('clearFaults') }),
])

export const actionSchema = z.discriminatedUnion('do', [paneActionSchema, stageActionSchema])

export type PaneAction = z.output<typeof paneActionSchema>
export type StageAction = z.output<typeof stageActionSchema>

export function isPaneAction(action: PaneAction | StageAction): action is PaneAction {
  return 'platform' in action
}
