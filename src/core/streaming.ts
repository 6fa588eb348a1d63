import { heal } from '../markdown/heal.ts'
import type { Capabilities } from '../model/capabilities.ts'
import { sentence } from '../model/sentence.ts'
import type { EffectiveSettings, Language } from '../model/settings.ts'
import type { Step } from '../model/work.ts'
import { wholeText } from './showing.ts'
import { say } from './wording.ts'

/** A preview is forgotten by its platform when nothing is heard of it for half a minute. */
const PREVIEW_REFRESH_MS = 20_000

/** What people see of an answer while it grows. */
export interface Streaming {
  /** When something is shown although nothing was said yet; undefined: not before the first word. */
  readonly firstAfterMs: number | undefined
  /** How often it is shown anew although no word was added; undefined: never. */
  readonly refreshMs: number | undefined
  /** Whether the text may be shown growing by the platform's own means. */
  readonly native: boolean
  /** Markdown; undefined: nothing yet. */
  body(growing: {
    readonly preface: string
    readonly text: string
    readonly elapsedMs: number
  }): string | undefined
}

/** Who waits longer than this for the first word sees that something is under way, and can stop it. */
const PLACEHOLDER_AFTER_MS = 2_500
const PLACEHOLDER = '…'
const PROGRESS_EVERY_MS = 5_000

export function streamingOf(parts: {
  readonly mode: EffectiveSettings['streaming']
  readonly growth: EffectiveSettings['growth']
  readonly step: Step
  readonly language: Language
  readonly capabilities: Pick<Capabilities, 'editing' | 'buttons' | 'editIntervalMs' | 'growth'>
}): Streaming {
  const { mode, growth, step, language, capabilities } = parts
  if (mode === 'final' || capabilities.editing === 'dropped')
    return { firstAfterMs: undefined, refreshMs: undefined, native: false, body: () => undefined }
  if (mode === 'live') {
    const native =
      growth === 'native'
        ? capabilities.growth !== 'dropped'
        : growth === 'auto' && capabilities.growth === 'message'
    return {
      // Without a button to press it says no more than that somebody types, which people see already.
      firstAfterMs: capabilities.buttons === 'full' ? PLACEHOLDER_AFTER_MS : undefined,
      refreshMs: native && capabilities.growth === 'preview' ? PREVIEW_REFRESH_MS : undefined,
      native,
      // What begins with a mark alone shows nothing yet, and not the placeholder: its first word comes at once.
      body: ({ preface, text }) =>
        wholeText({ preface, text: heal(text), notice: '' }) || (text === '' ? PLACEHOLDER : ''),
    }
  }
  return {
    firstAfterMs: 0,
    refreshMs: Math.max(PROGRESS_EVERY_MS, 2 * capabilities.editIntervalMs),
    native: false,
    body({ preface, text, elapsedMs }) {
      const seconds = Math.round(elapsedMs / 1000)
      const words = text.split(/\s+/).filter(Boolean).length
      const status =
        words > 0
          ? sentence('progress.writing', { words, seconds })
          : sentence(`progress.${step === 'run' || step === 'transcribe' ? step : 'thinking'}`, { seconds })
      return wholeText({ preface, text: say(status, language), notice: '' })
    },
  }
}
