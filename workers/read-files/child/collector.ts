import type { Section } from '../reading.ts'

/** Gathers sections up to a number of characters. */
export interface Collector {
  readonly full: boolean
  readonly sections: readonly Section[]
  /** False once nothing more fits. Sections without text are left out. */
  add(unit: Section['unit'], name: string, text: string): boolean
}

export function createCollector(maxCharacters: number): Collector {
  const sections: Section[] = []
  let left = maxCharacters
  let full = false
  return {
    get full() {
      return full
    },
    sections,
    add(unit, name, text) {
      const clean = tidy(text)
      if (clean === '') return !full
      if (left <= 0) full = true
      if (full) return false
      const kept = clean.slice(0, left).toWellFormed()
      full = kept.length < clean.length
      left -= kept.length
      sections.push({ unit, name: name.slice(0, 200), text: kept })
      return !full
    },
  }
}

/** One line break is `\n`, blank lines come alone, control characters are gone. */
function tidy(text: string): string {
  return text
    .replaceAll(/\r\n?|[\u2028\u2029\u0085]/g, '\n')
    .replaceAll(/(?![\n\t])\p{Cc}/gu, '')
    .replaceAll(/[ \t\u00a0]+\n/g, '\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()
}
