/** A text reduced to what chats can show. Newlines stand as `break`; texts hold none. */
export type Inline =
  | { readonly type: 'text'; readonly value: string }
  | { readonly type: 'code'; readonly value: string }
  | { readonly type: 'break' }
  | { readonly type: 'strong' | 'emphasis' | 'strike'; readonly children: readonly Inline[] }
  | Link

export interface Link {
  readonly type: 'link'
  /** http, https or mailto, percent-encoded, at most `MAX_URL_LENGTH` characters. */
  readonly url: string
  readonly children: readonly Inline[]
}

export interface Paragraph {
  readonly type: 'paragraph'
  readonly children: readonly Inline[]
}

export interface Heading {
  readonly type: 'heading'
  readonly depth: number
  readonly children: readonly Inline[]
}

export interface Code {
  readonly type: 'code'
  /** Of `[A-Za-z0-9_+.#-]`, or empty. */
  readonly language: string
  readonly value: string
}

export interface Quote {
  readonly type: 'quote'
  readonly children: readonly Block[]
}

export interface Item {
  readonly checked: boolean | undefined
  /** The rest of an item whose beginning stands in an earlier part: shown without a marker, but counted. */
  readonly continued: boolean
  readonly children: readonly Block[]
}

export interface List {
  readonly type: 'list'
  /** The number of the first item; undefined: bullets. */
  readonly start: number | undefined
  readonly tight: boolean
  readonly items: readonly Item[]
}

export type Cell = readonly Inline[]

export interface Table {
  readonly type: 'table'
  readonly align: readonly ('left' | 'right' | 'center' | undefined)[]
  readonly header: readonly Cell[]
  readonly rows: readonly (readonly Cell[])[]
}

export interface Rule {
  readonly type: 'rule'
}

export type Block = Paragraph | Heading | Code | Quote | List | Table | Rule

/** Containers (quotes and lists) inside one another; what is deeper is shown flat. */
export const MAX_DEPTH = 6

/** Longer addresses are shown as text, which can be cut. */
export const MAX_URL_LENGTH = 1000

export const text = (value: string): Inline => ({ type: 'text', value })

export function plainText(inlines: readonly Inline[]): string {
  let result = ''
  for (const inline of inlines) {
    if (inline.type === 'text' || inline.type === 'code') result += inline.value
    else if (inline.type === 'break') result += '\n'
    else result += plainText(inline.children)
  }
  return result
}

/** Whether the link's text is its own address, as in a bare URL. */
export function isBare(link: Link, label = plainText(link.children)): boolean {
  const shown = label.trim()
  return [shown, `http://${shown}`, `mailto:${shown}`].some(
    (one) => one === link.url || `${one}/` === link.url,
  )
}
