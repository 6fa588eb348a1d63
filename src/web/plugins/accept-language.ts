import { LANGUAGES, type Language } from '../../model/settings.ts'

/** The language of ours that the browser likes best; English where it likes none. */
export function acceptedLanguage(header: string | undefined): Language {
  const wishes = (header ?? '')
    .slice(0, 500)
    .split(',')
    .map((wish) => {
      const [tag = '', ...parameters] = wish.trim().toLowerCase().split(';')
      const quality = parameters.find((parameter) => parameter.trim().startsWith('q='))
      return { tag: tag.trim(), quality: quality === undefined ? 1 : Number(quality.trim().slice(2)) || 0 }
    })
    .sort((one, other) => other.quality - one.quality)
  for (const { tag, quality } of wishes) {
    const language = LANGUAGES.find((known) => tag === known || tag.startsWith(`${known}-`))
    if (language !== undefined && quality > 0) return language
  }
  return 'en'
}
