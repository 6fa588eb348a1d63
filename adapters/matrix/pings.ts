const WORD_JOINER = '\u2060'

/** Older push rules look for `@room` and user ids in the text, whatever m.mentions says. */
export const withoutPings = (text: string): string =>
  text.replace(/@(?=room\b)|(?<![\w.%+/-])@(?=[\w.=+-]+:[\w.-]+)/gi, `@${WORD_JOINER}`)
