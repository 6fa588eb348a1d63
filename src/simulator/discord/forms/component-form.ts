import { z } from 'zod'
import { problem, snowflake, text } from './form.ts'

const id = z.int().min(0).nullish()
const customId = text({ min: 1, max: 100 })
const emoji = z.strictObject({
  id: snowflake.nullish(),
  name: text({ max: 32 }).nullish(),
  animated: z.boolean().nullish(),
})
const media = z.strictObject({ url: text({ min: 1, max: 2048 }) })

const button = z
  .strictObject({
    type: z.literal(2),
    id,
    custom_id: customId.nullish(),
    style: z.int().min(1).max(6),
    label: text({ max: 80 }).nullish(),
    disabled: z.boolean().nullish(),
    url: text({ max: 512 }).nullish(),
    sku_id: snowflake.nullish(),
    emoji: emoji.nullish(),
  })
  .superRefine((value, context) => {
    const required = (field: string) =>
      context.addIssue(problem('BASE_TYPE_REQUIRED', 'This field is required', [field]))
    if (value.style === 5 && value.url == null) required('url')
    if (value.style <= 4 && value.custom_id == null) required('custom_id')
    if (value.style === 5 && value.custom_id != null)
      context.addIssue(
        problem(
          'BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE',
          'A custom id and url cannot both be specified',
          ['custom_id'],
        ),
      )
    if (value.style <= 5 && !value.label && value.emoji == null)
      context.addIssue(problem('BUTTON_COMPONENT_INVALID', 'A button needs a label or an emoji', ['label']))
  })

const option = z.strictObject({
  label: text({ min: 1, max: 100 }),
  value: text({ min: 1, max: 100 }),
  description: text({ max: 100 }).nullish(),
  default: z.boolean().nullish(),
  emoji: emoji.nullish(),
})

const selectFields = {
  id,
  custom_id: customId,
  placeholder: text({ max: 150 }).nullish(),
  min_values: z.int().min(0).max(25).nullish(),
  max_values: z.int().min(1).max(25).nullish(),
  disabled: z.boolean().nullish(),
  required: z.boolean().nullish(),
}
const defaultValues = z
  .array(z.strictObject({ id: snowflake, type: z.enum(['user', 'role', 'channel']) }))
  .max(25)
  .nullish()

export const selects = [
  z.strictObject({ type: z.literal(3), ...selectFields, options: z.array(option).min(1).max(25) }),
  z.strictObject({ type: z.literal(5), ...selectFields, default_values: defaultValues }),
  z.strictObject({ type: z.literal(6), ...selectFields, default_values: defaultValues }),
  z.strictObject({ type: z.literal(7), ...selectFields, default_values: defaultValues }),
  z.strictObject({
    type: z.literal(8),
    ...selectFields,
    default_values: defaultValues,
    channel_types: z.array(z.int()).nullish(),
  }),
] as const

const actionRow = z
  .strictObject({
    type: z.literal(1),
    id,
    components: z
      .array(z.discriminatedUnion('type', [button, ...selects]))
      .min(1)
      .max(5),
  })
  .superRefine((row, context) => {
    if (row.components.length > 1 && row.components.some(({ type }) => type !== 2))
      context.addIssue(
        problem('COMPONENT_LAYOUT_WIDTH_EXCEEDED', 'The specified component exceeds the maximum width', [
          'components',
        ]),
      )
  })

export const textDisplay = z.strictObject({ type: z.literal(10), id, content: text({ min: 1, max: 4000 }) })
const described = { description: text({ min: 1, max: 1024 }).nullish(), spoiler: z.boolean().nullish() }
const thumbnail = z.strictObject({ type: z.literal(11), id, media, ...described })
const section = z.strictObject({
  type: z.literal(9),
  id,
  components: z.array(textDisplay).min(1).max(3),
  accessory: z.discriminatedUnion('type', [button, thumbnail]),
})
const gallery = z.strictObject({
  type: z.literal(12),
  id,
  items: z
    .array(z.strictObject({ media, ...described }))
    .min(1)
    .max(10),
})
const file = z.strictObject({
  type: z.literal(13),
  id,
  spoiler: z.boolean().nullish(),
  file: z.strictObject({ url: z.string().regex(/^attachment:\/\/.+/) }),
})
const separator = z.strictObject({
  type: z.literal(14),
  id,
  spacing: z.int().min(1).max(2).nullish(),
  divider: z.boolean().nullish(),
})
const inContainer = [actionRow, section, textDisplay, gallery, file, separator] as const
const container = z.strictObject({
  type: z.literal(17),
  id,
  accent_color: z.int().min(0).max(0xffffff).nullish(),
  spoiler: z.boolean().nullish(),
  components: z.array(z.discriminatedUnion('type', inContainer)).min(1).max(40),
})

export const messageComponents = z.array(z.discriminatedUnion('type', [...inContainer, container])).max(40)
