import type { Language } from '../../model/settings.ts'
import { LOCALES } from './time.ts'

export function count(value: number, language: Language): string {
  return new Intl.NumberFormat(LOCALES[language], { maximumFractionDigits: 1 }).format(value)
}

/** Such as `1.2M`. */
export function short(value: number, language: Language): string {
  return new Intl.NumberFormat(LOCALES[language], { notation: 'compact', maximumFractionDigits: 1 }).format(
    value,
  )
}

export function duration(ms: number, language: Language): string {
  const number = (value: number, digits: number) =>
    new Intl.NumberFormat(LOCALES[language], { maximumFractionDigits: digits }).format(value)
  if (ms < 1000) return `${number(ms, 0)} ms`
  if (ms < 59_950) return `${number(ms / 1000, 1)} s`
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 60) return `${minutes} min ${Math.floor((ms % 60_000) / 1000)} s`
  return `${number(Math.floor(minutes / 60), 0)} h ${minutes % 60} min`
}

export function bytes(size: number, language: Language): string {
  if (size < 1024) return `${count(size, language)} B`
  if (size < 1024 * 1024) return `${count(size / 1024, language)} KiB`
  return `${count(size / 1024 / 1024, language)} MiB`
}
