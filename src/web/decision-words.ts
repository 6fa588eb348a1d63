import catalogue from '../../config/locales/en.json' with { type: 'json' }
import type { SentenceKey } from '../model/sentence.ts'
import type { Language } from '../model/settings.ts'
import type { Decision } from '../model/work.ts'
import type { WebParts } from './parts.ts'

/** A decision in words; one that no sentence describes, or without a detail its sentence wants, by its code. */
export function decisionWords(say: WebParts['say'], { code, detail }: Decision, language: Language): string {
  const key = `why.${code}`
  if (!isSentenceKey(key)) return code
  const values = Object.entries(detail ?? {}).map(([name, value]) => [name, String(value)])
  try {
    return say({ key, values: Object.fromEntries(values) }, language)
  } catch {
    return code
  }
}

function isSentenceKey(key: string): key is SentenceKey {
  return Object.hasOwn(catalogue, key)
}
