import { z } from 'zod'

export const SETTING_SCOPES = ['hub', 'workspace', 'channel', 'person'] as const
export type SettingScope = (typeof SETTING_SCOPES)[number]

export const LANGUAGES = ['en', 'pt'] as const
export type Language = (typeof LANGUAGES)[number]

/**
 * - `queue`: each gets its own answer, one after another.
 * - `merge`: those that wait get one answer together.
 * - `interrupt`: the answer under way is redone in place with them.
 */
export const DURING = ['queue', 'merge', 'interrupt'] as const

/**
 * What people see of an answer while it grows: the text itself, how far it is, or only that somebody types.
 */
export const STREAMING = ['live', 'progress', 'final'] as const

/**
 * How the text is shown growing: by edits everywhere, by the platform's own means where it has any, or so only
 * where another process can go on with it (`auto`).
 */
export const GROWTH = ['auto', 'native', 'edits'] as const

/** Under answers: Stop while they grow and the others after, Stop alone, or nothing. */
export const BUTTONS = ['full', 'stop-only', 'none'] as const

/** Names of the tools that there are for models. */
export const TOOLS = ['run_code'] as const

/** What people see of a model's reasoning: nothing, or a quote before the answer. */
export const REASONING = ['hidden', 'shown'] as const

/** - `redo`: it is written anew in place. - `ask`: the author is asked first. - `ignore`: it stays. */
export const EDITS = ['redo', 'ask', 'ignore'] as const

/** What the bot takes for a question in a channel: what is addressed to it, or everything. */
export const LISTENING = ['addressed', 'all'] as const

/** What the model is told of what others said before: nothing, the thread, or a new question's channel too. */
export const CONTEXT = ['none', 'thread', 'channel'] as const

const keywords = z.array(z.string().trim().min(1).max(60)).max(50)
/** Ids as the platform names people and channels. */
const ids = z.array(z.string().trim().min(1).max(200)).max(500)

/** What becomes of voice messages: answered, only written down, or not listened to. */
export const VOICE_MODES = ['answer', 'transcribe', 'off'] as const
export type VoiceMode = (typeof VOICE_MODES)[number]

/** Was a switch once, and is still taken as one. */
const voiceMode = z.preprocess(
  (given) => (typeof given === 'boolean' ? (given ? 'answer' : 'off') : given),
  z.enum(VOICE_MODES),
)

/** What can be set on the hub, a workspace, a channel or a person; the nearest wins. */
export const settingsSchema = z.strictObject({
  /** A model's name as its server lists it, or an alias. */
  model: z.string().trim().min(1).max(200),
  /** The same, asked when nothing that serves `model` can answer. */
  fallback: z.string().trim().min(1).max(200),
  /** May name `{workspace}`, `{channel}`, `{person}`, `{platform}` and `{date}`. */
  systemPrompt: z.string().max(20_000),
  temperature: z.number().min(0).max(2),
  /** Tokens. */
  maxOutputTokens: z.number().int().min(1).max(1_000_000),
  /** Of the bot's own sentences; absent: the asker's own, where the platform tells it. */
  language: z.enum(LANGUAGES),
  voice: z.enum(VOICE_MODES),
  /** Names and terms that may be said, for the speech server. */
  voiceHints: z.string().trim().max(800),
  /** Ids as the platform names people; not empty: only they are listened to. */
  voicePeople: ids,
  /** Of speech a day (UTC), in the whole workspace. */
  voiceMinutes: z.number().int().min(0).max(100_000),
  /** Whether `/run` runs code. */
  run: z.boolean(),
  /** What models that can may ask for while they answer. */
  tools: z.array(z.enum(TOOLS)).max(TOOLS.length),
  /** What becomes of messages that arrive while the bot works in their conversation. */
  during: z.enum(DURING),
  buttons: z.enum(BUTTONS),
  streaming: z.enum(STREAMING),
  /**
   * Whether platforms fetch what answers link to, to show a preview. A model can be talked into a link that carries
   * away what it read.
   */
  linkPreviews: z.boolean(),
  /** Tables in the platform's richest form, where it has one that older apps do not show. */
  richText: z.boolean(),
  growth: z.enum(GROWTH),
  reasoning: z.enum(REASONING),
  /** What becomes of an answer when its question is edited after others were asked. */
  edits: z.enum(EDITS),
  /** Whether the bot's name asks it. Commands are taken all the same. */
  mention: z.boolean(),
  /** Whether replies to its messages ask it. */
  reply: z.boolean(),
  /** Whether further messages ask it in a thread where it was asked. */
  followUp: z.boolean(),
  listen: z.enum(LISTENING),
  /** Words that ask it, whatever their case. */
  keywords,
  /** Not empty: nobody else is answered. */
  allowPeople: ids,
  denyPeople: ids,
  /** Not empty: in no other channel. Direct messages are no channels. */
  allowChannels: ids,
  denyChannels: ids,
  context: z.enum(CONTEXT),
  /** Another model or prompt for a share of the conversations, each of which stays with what it got. */
  trial: z.strictObject({
    model: z.string().trim().min(1).max(200).optional(),
    systemPrompt: z.string().max(20_000).optional(),
    percent: z.number().min(0).max(100),
  }),
})

export type Settings = z.infer<typeof settingsSchema>
export const ownSettingsSchema = settingsSchema.extend({ voice: voiceMode }).partial()
export type OwnSettings = z.infer<typeof ownSettingsSchema>

/** A change: a value sets, null returns to what is inherited, absent leaves as it is. */
export const settingsPatchSchema = z.strictObject({
  model: settingsSchema.shape.model.nullable().optional(),
  fallback: settingsSchema.shape.fallback.nullable().optional(),
  systemPrompt: settingsSchema.shape.systemPrompt.nullable().optional(),
  temperature: settingsSchema.shape.temperature.nullable().optional(),
  maxOutputTokens: settingsSchema.shape.maxOutputTokens.nullable().optional(),
  language: settingsSchema.shape.language.nullable().optional(),
  voice: voiceMode.nullable().optional(),
  voiceHints: settingsSchema.shape.voiceHints.nullable().optional(),
  voicePeople: settingsSchema.shape.voicePeople.nullable().optional(),
  voiceMinutes: settingsSchema.shape.voiceMinutes.nullable().optional(),
  run: settingsSchema.shape.run.nullable().optional(),
  tools: settingsSchema.shape.tools.nullable().optional(),
  during: settingsSchema.shape.during.nullable().optional(),
  buttons: settingsSchema.shape.buttons.nullable().optional(),
  streaming: settingsSchema.shape.streaming.nullable().optional(),
  linkPreviews: settingsSchema.shape.linkPreviews.nullable().optional(),
  richText: settingsSchema.shape.richText.nullable().optional(),
  growth: settingsSchema.shape.growth.nullable().optional(),
  reasoning: settingsSchema.shape.reasoning.nullable().optional(),
  edits: settingsSchema.shape.edits.nullable().optional(),
  mention: settingsSchema.shape.mention.nullable().optional(),
  reply: settingsSchema.shape.reply.nullable().optional(),
  followUp: settingsSchema.shape.followUp.nullable().optional(),
  listen: settingsSchema.shape.listen.nullable().optional(),
  keywords: settingsSchema.shape.keywords.nullable().optional(),
  allowPeople: settingsSchema.shape.allowPeople.nullable().optional(),
  denyPeople: settingsSchema.shape.denyPeople.nullable().optional(),
  allowChannels: settingsSchema.shape.allowChannels.nullable().optional(),
  denyChannels: settingsSchema.shape.denyChannels.nullable().optional(),
  context: settingsSchema.shape.context.nullable().optional(),
  trial: settingsSchema.shape.trial.nullable().optional(),
})
export type SettingsPatch = z.infer<typeof settingsPatchSchema>

/** What counts where nothing is set. No model: the first one a server lists. */
export interface EffectiveSettings
  extends Omit<Settings, 'model' | 'fallback' | 'language' | 'maxOutputTokens' | 'voiceMinutes' | 'trial'> {
  readonly model: string | undefined
  readonly fallback: string | undefined
  readonly language: Language | undefined
  readonly maxOutputTokens: number | undefined
  readonly voiceMinutes: number | undefined
  readonly trial: Settings['trial'] | undefined
}

export const DEFAULT_SETTINGS: EffectiveSettings = {
  model: undefined,
  fallback: undefined,
  systemPrompt:
    'You are BrainAll, a helpful assistant in a team chat. Answer in the language you are spoken to, plainly and to the point. Write Markdown.',
  temperature: 0.7,
  maxOutputTokens: undefined,
  language: undefined,
  voice: 'answer',
  voiceHints: '',
  voicePeople: [],
  voiceMinutes: undefined,
  run: true,
  tools: ['run_code'],
  during: 'queue',
  buttons: 'full',
  streaming: 'live',
  linkPreviews: false,
  richText: false,
  growth: 'auto',
  reasoning: 'hidden',
  edits: 'ask',
  mention: true,
  reply: true,
  followUp: true,
  listen: 'addressed',
  keywords: [],
  allowPeople: [],
  denyPeople: [],
  allowChannels: [],
  denyChannels: [],
  context: 'thread',
  trial: undefined,
}

/** `layers` from the hub down to the person. */
export function resolveSettings(layers: readonly OwnSettings[]): EffectiveSettings {
  return Object.assign({}, DEFAULT_SETTINGS, ...layers) as EffectiveSettings
}

export function applyPatch(own: OwnSettings, patch: SettingsPatch): OwnSettings {
  const merged = { ...own, ...patch }
  return ownSettingsSchema.parse(
    Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null && value !== undefined)),
  )
}

/** The language of ours nearest to a BCP 47 tag. */
export function nearestLanguage(tag: string | null | undefined): Language {
  const wanted = (tag ?? '').toLowerCase()
  return LANGUAGES.find((language) => wanted === language || wanted.startsWith(`${language}-`)) ?? 'en'
}
