/** What a person sees of one message, and what keeps it from being shown as it was meant. */
export interface Reading {
  /** The words with the addresses behind links; markup and invisible characters gone. */
  readonly text: string
  readonly faults: readonly string[]
}

/** The fault, where the check fails. */
export const when = (isFault: boolean, fault: string): string[] => (isFault ? [fault] : [])

const VISIBLE = /[^\s\p{Cf}]/u

/** What every platform asks of a text. */
export const commonFaults = (text: string): string[] => [
  ...when(!VISIBLE.test(text), 'nothing to see'),
  ...when(!text.isWellFormed(), 'lone surrogate'),
]

/** Characters that only keep markup apart. */
export const withoutSpacers = (text: string): string => text.replace(/[\u200b\u2060]/g, '')
