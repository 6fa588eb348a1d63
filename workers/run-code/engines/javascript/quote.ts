import { COLUMNS } from './layout.ts'

const MAX_STRING = 10_000

export function formatString(value: string, indentation: number, nested: boolean): string {
  const rest = value.length - MAX_STRING
  const text = rest > 0 ? value.slice(0, MAX_STRING) : value
  const more = rest > 0 ? `... ${rest} more character${rest > 1 ? 's' : ''}` : ''
  if (nested && text.length > 16 && text.length > COLUMNS - indentation - 4)
    return (
      text
        .split(/(?<=\n)/)
        .map(quote)
        .join(` +\n${' '.repeat(indentation)}`) + more
    )
  return quote(text) + more
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
  '\\': '\\\\',
}

export function quote(text: string): string {
  const mark = !text.includes("'") ? "'" : !text.includes('"') ? '"' : /`|\$\{/.test(text) ? "'" : '`'
  let quoted = ''
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    const escaped = ESCAPES[character]
    if (escaped !== undefined) quoted += escaped
    else if (character === mark) quoted += `\\${mark}`
    else if (code < 0x20 || (code >= 0x7f && code <= 0x9f))
      quoted += `\\x${code.toString(16).toUpperCase().padStart(2, '0')}`
    else if (code >= 0xd800 && code <= 0xdfff) quoted += `\\u${code.toString(16).toUpperCase()}`
    else quoted += character
  }
  return mark + quoted + mark
}
