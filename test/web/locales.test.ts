import { IntlMessageFormat } from 'intl-messageformat'
import { describe, expect, it } from 'vitest'
import en from '../../config/locales/en.json' with { type: 'json' }
import pt from '../../config/locales/pt.json' with { type: 'json' }

type Elements = ReturnType<IntlMessageFormat['getAst']>

/** Every value a sentence wants, with how it is formatted; those in plural forms included. */
function placeholders(text: string): readonly string[] {
  const walk = (elements: Elements): string[] =>
    elements.flatMap((element) => {
      if (!('value' in element)) return []
      if ('options' in element) {
        const inside = Object.values(element.options).flatMap((option) => walk(option.value))
        return [`${element.value} with forms`, ...inside]
      }
      if ('children' in element) return [`markup ${element.value}`, ...walk(element.children)]
      return element.type === 0 ? [] : [`${element.value} of type ${element.type}`]
    })
  return [...new Set(walk(new IntlMessageFormat(text, 'en').getAst()))].sort()
}

describe('the catalogues', () => {
  it('have the same sentences', () => {
    expect(Object.keys(pt).sort()).toEqual(Object.keys(en).sort())
  })

  it('want the same values in each', () => {
    const portuguese: Readonly<Record<string, string>> = pt
    for (const [key, text] of Object.entries(en)) {
      expect(placeholders(portuguese[key] ?? ''), key).toEqual(placeholders(text))
    }
  })

  it('are compared by a test that sees a difference', () => {
    expect(placeholders('{a} {b, number}')).not.toEqual(placeholders('{a} {b}'))
    expect(placeholders('{n, plural, one {# x} other {# {y}}}')).not.toEqual(
      placeholders('{n, plural, one {# x} other {#}}'),
    )
  })
})
