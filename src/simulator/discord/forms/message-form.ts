import { z } from 'zod'
import { messageComponents } from './component-form.ts'
import { problem, snowflake, text } from './form.ts'

export const messageFlag = {
  suppressEmbeds: 1 << 2,
  hasThread: 1 << 5,
  ephemeral: 1 << 6,
  loading: 1 << 7,
  suppressNotifications: 1 << 12,
  voiceMessage: 1 << 13,
  componentsV2: 1 << 15,
} as const

const link = text({ max: 2048 }).nullish()
const picture = z
  .strictObject({ url: link, proxy_url: link, height: z.int().nullish(), width: z.int().nullish() })
  .nullish()
const embed = z.strictObject({
  type: z.literal('rich').nullish(),
  url: link,
  title: text({ max: 256 }).nullish(),
  color: z.int().min(0).max(0xffffff).nullish(),
  timestamp: z.iso.datetime({ offset: true }).nullish(),
  description: text({ max: 4096 }).nullish(),
  author: z
    .strictObject({ name: text({ max: 256 }).nullish(), url: link, icon_url: link, proxy_icon_url: link })
    .nullish(),
  image: picture,
  thumbnail: picture,
  footer: z
    .strictObject({ text: text({ max: 2048 }).nullish(), icon_url: link, proxy_icon_url: link })
    .nullish(),
  fields: z
    .array(
      z.strictObject({
        name: text({ min: 1, max: 256 }),
        value: text({ min: 1, max: 1024 }),
        inline: z.boolean().nullish(),
      }),
    )
    .max(25)
    .nullish(),
})

const allowedMentions = z
  .strictObject({
    parse: z.array(z.enum(['users', 'roles', 'everyone'])).nullish(),
    users: z.array(snowflake).max(100).nullish(),
    roles: z.array(snowflake).max(100).nullish(),
    replied_user: z.boolean().nullish(),
  })
  .superRefine((value, context) => {
    for (const kind of ['users', 'roles'] as const)
      if (value.parse?.includes(kind) && value[kind]?.length)
        context.addIssue(
          problem(
            'MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE',
            `parse:["${kind}"] and ${kind}: [ids...] are mutually exclusive.`,
          ),
        )
  })
export type AllowedMentions = z.infer<typeof allowedMentions>

const attachment = z.strictObject({
  id: snowflake,
  filename: text({ min: 1, max: 1024 }).nullish(),
  description: text({ max: 1024 }).nullish(),
  duration_secs: z.number().min(0).nullish(),
  waveform: text({ max: 400 }).nullish(),
  title: text({ max: 1024 }).nullish(),
  is_spoiler: z.boolean().nullish(),
  is_remix: z.boolean().nullish(),
})

const body = {
  // The published schema says 4000; bots get 2000.
  content: text({ max: 2000 }).nullish(),
  embeds: z.array(embed).max(10).nullish(),
  allowed_mentions: allowedMentions.nullish(),
  components: messageComponents.nullish(),
  attachments: z.array(attachment).max(10).nullish(),
  flags: z.int().min(0).nullish(),
}

/** What discord.js sends on every message because it builds creations and edits from one payload. */
const sdkLeftovers = {
  tts: z.boolean().nullish(),
  enforce_nonce: z.boolean().nullish(),
  nonce: z.union([z.int(), text({ max: 25 })]).nullish(),
}

const reference = z.strictObject({
  guild_id: snowflake.nullish(),
  channel_id: snowflake.nullish(),
  message_id: snowflake,
  fail_if_not_exists: z.boolean().nullish(),
  type: z.literal(0).nullish(),
})

const creation = z.strictObject({ ...body, ...sdkLeftovers, message_reference: reference.nullish() })
const editing = z.strictObject({ ...body, ...sdkLeftovers, message_reference: reference.nullish() })
const responding = z.strictObject({ ...body, ...sdkLeftovers })

export type MessageForm = z.infer<typeof creation>

export const messageCreateForm = withWholeMessageLimits(creation, [
  'suppressEmbeds',
  'suppressNotifications',
  'voiceMessage',
  'componentsV2',
])
export const messageEditForm = withWholeMessageLimits(editing, ['suppressEmbeds', 'componentsV2'])
export const responseForm = withWholeMessageLimits(responding, [
  'suppressEmbeds',
  'ephemeral',
  'suppressNotifications',
  'voiceMessage',
  'componentsV2',
])

function withWholeMessageLimits<Form extends MessageForm>(
  form: z.ZodType<Form>,
  settable: readonly (keyof typeof messageFlag)[],
): z.ZodType<Form> {
  const allowed = settable.reduce((bits, name) => bits | messageFlag[name], 0)
  return form.superRefine((value, context) => {
    const flags = value.flags ?? 0
    if (flags & ~allowed)
      context.addIssue(
        problem('FLAGS_NOT_SETTABLE', `Flags ${flags & ~allowed} cannot be set here.`, ['flags']),
      )
    if (embedLength(value) > 6000)
      context.addIssue(
        problem('MAX_EMBED_SIZE_EXCEEDED', 'Embed size exceeds maximum size of 6000', ['embeds']),
      )
    checkLayout(value, (flags & messageFlag.componentsV2) !== 0, (issue) => context.addIssue(issue))
  })
}

function embedLength(form: MessageForm): number {
  const texts = (form.embeds ?? []).flatMap((one) => [
    one.title,
    one.description,
    one.footer?.text,
    one.author?.name,
    ...(one.fields ?? []).flatMap((field) => [field.name, field.value]),
  ])
  return texts.reduce((sum, part) => sum + [...(part ?? '')].length, 0)
}

function checkLayout(
  form: MessageForm,
  isV2: boolean,
  add: (issue: ReturnType<typeof problem>) => void,
): void {
  const components = form.components ?? []
  const everything = components.flatMap(flatten)
  const customIds = everything.flatMap((part) =>
    'custom_id' in part && part.custom_id != null ? [part.custom_id] : [],
  )
  if (new Set(customIds).size < customIds.length)
    add(problem('COMPONENT_CUSTOM_ID_DUPLICATED', 'Component custom id cannot be duplicated', ['components']))
  if (!isV2) {
    if (components.length > 5)
      add(problem('BASE_TYPE_BAD_LENGTH', 'Must be between 1 and 5 in length.', ['components']))
    if (components.some(({ type }) => type !== 1))
      add(
        problem('UNION_TYPE_CHOICES', 'Only action rows are allowed without IS_COMPONENTS_V2.', [
          'components',
        ]),
      )
    return
  }
  for (const field of ['content', 'embeds'] as const)
    if (form[field]?.length)
      add(
        problem(
          'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2',
          `The '${field}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2`,
          [field],
        ),
      )
  if (everything.length > 40)
    add(
      problem('COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED', 'The maximum number of components is 40', [
        'components',
      ]),
    )
  const length = everything.reduce(
    (sum, part) =>
      sum + ('content' in part && typeof part.content === 'string' ? [...part.content].length : 0),
    0,
  )
  if (length > 4000)
    add(
      problem(
        'COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED',
        'The combined size of displayable text is over 4000',
        ['components'],
      ),
    )
}

function flatten(component: object): object[] {
  const inner = 'components' in component && Array.isArray(component.components) ? component.components : []
  const accessory =
    'accessory' in component && typeof component.accessory === 'object' ? [component.accessory] : []
  return [
    component,
    ...[...inner, ...accessory].flatMap((part: unknown) => (part instanceof Object ? flatten(part) : [])),
  ]
}
