const WORD_JOINER = '\u2060'
const ZERO_WIDTH_SPACE = '\u200b'
const LOOKS_LIKE_GRAVE = '\u02cb'

/** A piece of a line: text as it is to be sent, or a mark that opens or closes a style. */
export type Token =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'open' | 'close'; readonly mark: '*' | '_' | '~' | '`' }

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
export const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** mrkdwn has no escapes for its marks: one that could open a style is kept from touching what follows. */
export const literal = (text: string): string =>
  escapeText(text)
    .replace(/(?<![\p{L}\p{N}])[*_~](?=\S)/gu, `$&${WORD_JOINER}`)
    .replaceAll('`', LOOKS_LIKE_GRAVE)

/** Slack reads an escaped `>` at the start of a line as a quote, too. */
export const literalLineStart = (line: string): string =>
  line.replace(/^\s*(?=&gt;)/, `$&${ZERO_WIDTH_SPACE}`)

/** For what is plain text to Slack, in inline code and labels: nothing can end it early. */
export const inlineCode = (code: string): string => escapeText(code).replaceAll('`', LOOKS_LIKE_GRAVE)

export const inFence = (code: string): string =>
  escapeText(code).replace(/`(?=``)|(?<=`)`(?=`)/g, `\`${ZERO_WIDTH_SPACE}`)

/** Marks only count next to white space or punctuation: where a word touches one, an invisible space goes between. */
export function joinTokens(tokens: readonly Token[]): string {
  let result = ''
  let previous: Token | undefined
  for (const token of tokens) {
    if (token.kind === 'text') {
      if (token.value === '') continue
      result += (previous?.kind === 'close' && isWord(token.value) ? ZERO_WIDTH_SPACE : '') + token.value
    } else {
      const opensAfterWord = token.kind === 'open' && previous?.kind === 'text' && isWord(last(result))
      const opensAfterClose = token.kind === 'open' && previous?.kind === 'close'
      result += (opensAfterWord || opensAfterClose ? ZERO_WIDTH_SPACE : '') + token.mark
    }
    previous = token
  }
  return result
}

const isWord = (text: string): boolean => /^[\p{L}\p{N}\p{M}_*~`&<]/u.test(text)
const last = (text: string): string => Array.from(text.slice(-2)).at(-1) ?? ''

/** `@here` and the like notify nobody as text, unless names are linked; then they would. */
export const withoutPings = (text: string): string =>
  text.replace(/@(?=here|channel|everyone)/gi, `@${WORD_JOINER}`)

export const urlWithoutPings = (url: string): string => url.replace(/@(?=here|channel|everyone)/gi, '%40')
