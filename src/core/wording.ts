import { IntlMessageFormat } from 'intl-messageformat'
import en from '../../config/locales/en.json' with { type: 'json' }
import pt from '../../config/locales/pt.json' with { type: 'json' }
import type { Sentence, SentenceKey } from '../model/sentence.ts'
import type { Language } from '../model/settings.ts'

const CATALOGUES: Readonly<Record<Language, Readonly<Partial<Record<SentenceKey, string>>>>> = { en, pt }
const LOCALES: Readonly<Record<Language, string>> = { en: 'en', pt: 'pt-PT' }
const compiled = new Map<string, IntlMessageFormat>()

/** Words one of the bot's own sentences. What a language lacks is said in English. */
export function say({ key, values }: Sentence, language: Language): string {
  const cacheKey = `${language} ${key}`
  const format =
    compiled.get(cacheKey) ?? new IntlMessageFormat(CATALOGUES[language][key] ?? en[key], LOCALES[language])
  compiled.set(cacheKey, format)
  return String(format.format({ ...values }))
}

/** `micros`: millionths of the currency's unit. What is less than a hundredth keeps two significant digits. */
export function inMoney(micros: number, currency: string, language: Language): string {
  const value = micros / 1_000_000
  const digits = value > 0 && value < 0.01 ? { maximumSignificantDigits: 2 } : {}
  return new Intl.NumberFormat(LOCALES[language], { style: 'currency', currency, ...digits }).format(value)
}
