import { z } from 'zod'
import { problem, snowflake, text } from './form.ts'

const slashName = /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u
const name = z.string().superRefine((value, context) => {
  if (!slashName.test(value) || value !== value.toLowerCase())
    context.addIssue(problem('APPLICATION_COMMAND_INVALID_NAME', 'Command name is invalid'))
})
const localized = (max: number) => z.record(z.string(), text({ min: 1, max })).nullish()
const described = {
  name,
  name_localizations: localized(32),
  description: text({ min: 1, max: 100 }),
  description_localizations: localized(100),
}
const required = z.boolean().nullish()
const autocomplete = z.boolean().nullish()
const choicesOf = <Value extends z.ZodType>(value: Value) =>
  z
    .array(z.strictObject({ name: text({ min: 1, max: 100 }), name_localizations: localized(100), value }))
    .max(25)
    .nullish()

const values = [
  z.strictObject({
    type: z.literal(3),
    ...described,
    required,
    autocomplete,
    choices: choicesOf(text({ max: 100 })),
    min_length: z.int().min(0).max(6000).nullish(),
    max_length: z.int().min(1).max(6000).nullish(),
  }),
  numeric(4, z.int()),
  z.strictObject({ type: z.literal(5), ...described, required }),
  z.strictObject({ type: z.literal(6), ...described, required }),
  z.strictObject({
    type: z.literal(7),
    ...described,
    required,
    channel_types: z.array(z.int()).nullish(),
  }),
  z.strictObject({ type: z.literal(8), ...described, required }),
  z.strictObject({ type: z.literal(9), ...described, required }),
  numeric(10, z.number()),
  z.strictObject({ type: z.literal(11), ...described, required }),
] as const

function numeric<Type extends 4 | 10, Value extends z.ZodType>(type: Type, value: Value) {
  return z.strictObject({
    type: z.literal(type),
    ...described,
    required,
    autocomplete,
    choices: choicesOf(value),
    min_value: value.nullish(),
    max_value: value.nullish(),
  })
}

const valueOptions = z
  .array(z.discriminatedUnion('type', values))
  .max(25)
  .superRefine((options, context) => checkOptions(options, (issue) => context.addIssue(issue)))
const subcommand = z.strictObject({
  type: z.literal(1),
  ...described,
  required,
  options: valueOptions.nullish(),
})
const group = z.strictObject({
  type: z.literal(2),
  ...described,
  required,
  options: z.array(subcommand).max(25).nullish(),
})

const command = z.strictObject({
  id: snowflake.nullish(),
  name: text({ min: 1, max: 32 }),
  name_localizations: localized(32),
  description: text({ max: 100 }).nullish(),
  description_localizations: localized(100),
  options: z
    .array(z.discriminatedUnion('type', [...values, subcommand, group]))
    .max(25)
    .nullish(),
  // The SDK sends the bits as a string, the published schema says integer: both are taken.
  default_member_permissions: z.union([z.string().regex(/^\d+$/), z.int()]).nullish(),
  dm_permission: z.boolean().nullish(),
  contexts: z.array(z.int().min(0).max(2)).min(1).nullish(),
  integration_types: z.array(z.int().min(0).max(1)).min(1).nullish(),
  type: z.int().min(1).max(3).nullish(),
  nsfw: z.boolean().nullish(),
})
export type CommandForm = z.infer<typeof command>

export const commandForm = command.superRefine((value, context) => {
  const slash = (value.type ?? 1) === 1
  const add = (issue: ReturnType<typeof problem>) => context.addIssue(issue)
  if (slash) {
    if (!name.safeParse(value.name).success)
      add(problem('APPLICATION_COMMAND_INVALID_NAME', 'Command name is invalid', ['name']))
    if (!value.description) add(problem('BASE_TYPE_REQUIRED', 'This field is required', ['description']))
    if (combinedLength(value) > 8000)
      add(problem('APPLICATION_COMMAND_TOO_LARGE', 'Command exceeds maximum size (8000)'))
    checkOptions(value.options ?? [], (issue) => add({ ...issue, path: ['options', ...issue.path] }))
    return
  }
  if (value.description)
    add(
      problem('APPLICATION_COMMAND_INVALID_DESCRIPTION', 'Context menu commands cannot have description', [
        'description',
      ]),
    )
  if (value.options?.length)
    add(
      problem('APPLICATION_COMMAND_INVALID_OPTIONS', 'Context menu commands cannot have options', [
        'options',
      ]),
    )
})

export const commandListForm = z.array(commandForm).superRefine((commands, context) => {
  const seen = new Set<string>()
  for (const [index, { type, name }] of commands.entries()) {
    const key = `${type ?? 1}:${name}`
    if (seen.has(key))
      context.addIssue(
        problem('APPLICATION_COMMANDS_DUPLICATE_NAME', 'Application command names must be unique', [index]),
      )
    seen.add(key)
  }
})

interface AnyOption {
  readonly type: number
  readonly name: string
  readonly description: string
  readonly required?: boolean | null | undefined
  readonly options?: readonly AnyOption[] | null | undefined
  readonly choices?: readonly { readonly name: string; readonly value: unknown }[] | null | undefined
  readonly autocomplete?: boolean | null | undefined
}

function checkOptions(options: readonly AnyOption[], add: (issue: ReturnType<typeof problem>) => void): void {
  let optionalSeen = false
  const names = new Set<string>()
  for (const [index, option] of options.entries()) {
    if (option.required && optionalSeen)
      add(
        problem(
          'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID',
          'Required options must be placed before non-required options',
          [index],
        ),
      )
    if (!option.required) optionalSeen = true
    if (names.has(option.name))
      add(problem('APPLICATION_COMMAND_OPTIONS_NAME_INVALID', 'Option name already exists', [index]))
    names.add(option.name)
    if (option.autocomplete && option.choices?.length)
      add(
        problem('APPLICATION_COMMAND_AUTOCOMPLETE_INVALID', 'Autocomplete cannot be used with choices', [
          index,
        ]),
      )
  }
  const nested = options.filter(({ type }) => type <= 2).length
  if (nested > 0 && nested < options.length)
    add(
      problem(
        'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID',
        'Sub-command and sub-command group option types are mutually exclusive to all other types',
      ),
    )
}

function combinedLength(part: {
  readonly name: string
  readonly description?: string | null | undefined
  readonly options?: readonly AnyOption[] | null | undefined
  readonly choices?: AnyOption['choices']
}): number {
  const own = [...part.name].length + [...(part.description ?? '')].length
  const choices = (part.choices ?? []).reduce(
    (sum, choice) => sum + choice.name.length + String(choice.value).length,
    0,
  )
  return own + choices + (part.options ?? []).reduce((sum, option) => sum + combinedLength(option), 0)
}
