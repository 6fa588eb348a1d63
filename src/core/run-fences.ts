/** A fence of code in a message. */
export interface Fence {
  /** The language on it, in lower case; empty: none. */
  readonly name: string
  /** The file it stands for, told on the fence (`py helper.py`) or in the comment that it begins with. */
  readonly file: string | undefined
  readonly text: string
  readonly start: number
  readonly end: number
}

const FENCE = /^(`{3,}|~{3,})[ \t]*([^\s`]*)([^\n]*)\n([\s\S]*?)(?:^\1[`~]*[ \t]*$|(?![\s\S]))/gm
const FILE_NAME = /^[\w-][\w.-]{0,59}\.[a-z0-9]{1,8}$/i
const HEADING = /^(?:#|\/\/|--|\/\*)\s*([\w-][\w.-]{0,59}\.[a-z0-9]{1,8})\s*(?:\*\/)?\s*$/i
/** A fence by one of these names is the program's input. */
const INPUT_NAMES: ReadonlySet<string> = new Set(['stdin', 'input'])

export function isInput({ name }: Fence): boolean {
  return INPUT_NAMES.has(name)
}

export function fencesIn(text: string): Fence[] {
  return [...text.matchAll(FENCE)].map((match) => {
    const [whole, , word = '', rest = '', body = ''] = match
    const [first = '', named = ''] = FILE_NAME.test(word) ? ['', word] : word.split(':', 2)
    const told = [named, ...rest.split(/\s+/)]
      .map((one) => one.replace(/^(?:title|file|filename|name)=/, '').replace(/^["']|["']$/g, ''))
      .find((one) => FILE_NAME.test(one))
    return {
      name: first.toLowerCase(),
      file: told ?? HEADING.exec(body.split('\n', 1)[0] ?? '')?.[1],
      text: body.replace(/\n$/, ''),
      start: match.index,
      end: match.index + whole.length,
    }
  })
}
