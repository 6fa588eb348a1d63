import { z } from 'zod'
import { selects, textDisplay } from './component-form.ts'
import { text } from './form.ts'

const id = z.int().min(0).nullish()
const customId = text({ min: 1, max: 100 })
const textInput = z.strictObject({
  type: z.literal(4),
  id,
  custom_id: customId,
  style: z.int().min(1).max(2),
  label: text({ min: 1, max: 45 }).nullish(),
  value: text({ max: 4000 }).nullish(),
  placeholder: text({ max: 100 }).nullish(),
  required: z.boolean().nullish(),
  min_length: z.int().min(0).max(4000).nullish(),
  max_length: z.int().min(1).max(4000).nullish(),
})
const choice = z.strictObject({
  value: text({ min: 1, max: 100 }),
  label: text({ min: 1, max: 100 }),
  description: text({ max: 100 }).nullish(),
  default: z.boolean().nullish(),
})
const amount = { min_values: z.int().min(0).max(10).nullish(), max_values: z.int().min(1).max(10).nullish() }
const required = z.boolean().nullish()
const label = z.strictObject({
  type: z.literal(18),
  id,
  label: text({ min: 1, max: 45 }),
  description: text({ min: 1, max: 100 }).nullish(),
  component: z.discriminatedUnion('type', [
    textInput,
    ...selects,
    z.strictObject({ type: z.literal(19), id, custom_id: customId, required, ...amount }),
    z.strictObject({
      type: z.literal(21),
      id,
      custom_id: customId,
      required,
      options: z.array(choice).min(2).max(10),
    }),
    z.strictObject({
      type: z.literal(22),
      id,
      custom_id: customId,
      required,
      ...amount,
      options: z.array(choice).min(1).max(10),
    }),
    z.strictObject({ type: z.literal(23), id, custom_id: customId, default: z.boolean().nullish() }),
  ]),
})
const legacyRow = z.strictObject({ type: z.literal(1), id, components: z.array(textInput).length(1) })

export const modalForm = z.strictObject({
  custom_id: customId,
  title: text({ min: 1, max: 45 }),
  components: z
    .array(z.discriminatedUnion('type', [label, legacyRow, textDisplay]))
    .min(1)
    .max(5),
})
export type ModalForm = z.infer<typeof modalForm>

export const choicesForm = z.strictObject({
  choices: z
    .array(
      z.strictObject({
        name: text({ min: 1, max: 100 }),
        name_localizations: z.record(z.string(), text({ min: 1, max: 100 })).nullish(),
        value: z.union([text({ max: 6000 }), z.number()]),
      }),
    )
    .max(25),
})
