const WORD_JOINER = '\u2060'
const ZERO_WIDTH_SPACE = '\u200b'

/** Text that Discord shows as it is written. Discord takes a backslash off anything but letters, digits and space. */
export const escapeText = (text: string): string => text.replace(/[\\*_~`|<[\]]/g, '\\$&')

/** The same for what stands at the start of a line, where more is markup. */
export function escapeLineStart(line: string): string {
  return line
    .replace(/^(\s*)(#{1,3}|-#|[-+>]|>>>)(?=\s)/, '$1\\$2')
    .replace(/^(\s*\d+)([.)])(?=\s)/, '$1\\$2')
}

/** Discord parses mentions even in code and addresses: a word joiner after the @ stops it. */
export const withoutPings = (content: string): string =>
  content.replace(/@(?=everyone|here)|(?<=<)@(?=[!&]?\d)/gi, `@${WORD_JOINER}`)

export const urlWithoutPings = (url: string): string => url.replace(/@(?=everyone|here)/gi, '%40')

/** A fence cannot be longer than three marks, so three marks in it need to be taken apart. */
export const inFence = (code: string): string =>
  code.replace(/`(?=``)|(?<=`)`(?=`)/g, `\`${ZERO_WIDTH_SPACE}`)

export function inlineCode(code: string): string {
  const longest = Math.max(0, ...(code.match(/`+/g) ?? []).map((run) => run.length))
  const mark = '`'.repeat(longest + 1)
  const space = /^`|`$/.test(code) ? ' ' : ''
  return `${mark}${space}${code}${space}${mark}`
}
