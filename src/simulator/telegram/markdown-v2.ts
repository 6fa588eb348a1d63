import { badRequest } from './api-error.ts'
import { byteOffset, type FormattedText, linkEntity, type MessageEntity } from './message-entities.ts'

type Kind =
  | 'Bold'
  | 'Italic'
  | 'Underline'
  | 'Strikethrough'
  | 'Spoiler'
  | 'Code'
  | 'Pre'
  | 'PreCode'
  | 'TextUrl'
  | 'CustomEmoji'
  | 'BlockQuote'

interface OpenEntity {
  readonly kind: Kind
  readonly from: number
  readonly offset: number
  readonly language?: string
}

const entityTypes: Partial<Record<Kind, string>> = {
  Bold: 'bold',
  Italic: 'italic',
  Underline: 'underline',
  Strikethrough: 'strikethrough',
  Spoiler: 'spoiler',
  Code: 'code',
  Pre: 'pre',
  PreCode: 'pre',
  BlockQuote: 'blockquote',
}
const closers: Partial<Record<Kind, string>> = {
  Bold: '*',
  Underline: '__',
  Strikethrough: '~',
  Spoiler: '||',
  Code: '`',
  Pre: '```',
  PreCode: '```',
  TextUrl: ']',
  CustomEmoji: ']',
}
const reserved = '_*[]()~`>#+-=|{}.!\n'

const refuse = (reason: string): never => {
  throw badRequest(`can't parse entities: ${reason}`)
}

/** core.telegram.org/bots/api#markdownv2-style, with the refusals of the real parser. */
export function parseMarkdownV2(source: string): FormattedText {
  return new MarkdownV2Reader(source).read()
}

class MarkdownV2Reader {
  readonly #source: string
  readonly #open: OpenEntity[] = []
  readonly #entities: MessageEntity[] = []
  #at = 0
  #text = ''
  #mayStartQuote = true

  constructor(source: string) {
    this.#source = source
  }

  read(): FormattedText {
    while (this.#at < this.#source.length) this.#step()
    if (this.#top?.kind === 'BlockQuote') this.#closeTop()
    const left = this.#top
    if (left)
      refuse(`Can't find end of ${left.kind} entity at byte offset ${byteOffset(this.#source, left.from)}`)
    return { text: this.#text, entities: this.#entities }
  }

  get #top(): OpenEntity | undefined {
    return this.#open[this.#open.length - 1]
  }

  get #inQuote(): boolean {
    return this.#open.some(({ kind }) => kind === 'BlockQuote')
  }

  #next(mark: string): boolean {
    return this.#source.startsWith(mark, this.#at)
  }

  #step(): void {
    const char = this.#source.charAt(this.#at)
    const escaped = this.#source.charCodeAt(this.#at + 1)
    if (char === '\\' && escaped > 0 && escaped < 127) {
      this.#append(this.#source.charAt(this.#at + 1), 2)
      return
    }
    const inCode = this.#top?.kind === 'Code' || this.#top?.kind === 'Pre' || this.#top?.kind === 'PreCode'
    if (inCode ? char !== '`' : !reserved.includes(char)) this.#append(char, 1)
    else if (this.#closesTop()) this.#close()
    else if (char === '\n') this.#newLine()
    else this.#begin(char)
  }

  #append(char: string, consumed: number): void {
    this.#text += char
    this.#at += consumed
    if (char !== '\r') this.#mayStartQuote = char === '\n'
  }

  #newLine(): void {
    if (this.#inQuote && !this.#source.startsWith('>', this.#at + 1)) {
      const left = this.#top
      refuse(
        `Can't find end of ${left?.kind} entity at byte offset ${byteOffset(this.#source, left?.from ?? 0)}`,
      )
    }
    this.#append('\n', 1)
    // Inside a quote the next line's mark continues it.
    if (this.#inQuote) this.#at += 1
  }

  #closesTop(): boolean {
    const top = this.#top
    if (!top) return false
    if (top.kind === 'Italic') return this.#next('_') && !this.#next('__')
    if (top.kind === 'BlockQuote')
      return this.#endOfExpandable() !== undefined || (this.#next('\n') && !this.#next('\n>'))
    return this.#next(closers[top.kind] ?? '')
  }

  /** `||` at the end of a quote's last line makes it expandable. */
  #endOfExpandable(): string | undefined {
    if (!this.#next('||')) return undefined
    const rest = this.#source.slice(this.#at + 2)
    return /^(\r?\n(?!>)|$)/.exec(rest)?.[0]
  }

  #close(): void {
    const top = this.#top
    if (!top) return
    if (top.kind === 'BlockQuote') this.#closeQuote()
    else if (top.kind === 'TextUrl') this.#closeLink(top)
    else if (top.kind === 'CustomEmoji') this.#closeEmoji(top)
    else {
      this.#at += (closers[top.kind] ?? '_').length
      this.#closeTop()
    }
  }

  #closeTop(type?: string): void {
    const top = this.#open.pop()
    if (!top) return
    const length = this.#text.length - top.offset
    const name = type ?? entityTypes[top.kind]
    if (length <= 0 || name === undefined) return
    const language = top.language === undefined ? {} : { language: top.language }
    this.#entities.push({ type: name, offset: top.offset, length, ...language })
  }

  #closeQuote(): void {
    const tail = this.#endOfExpandable()
    if (tail === undefined) this.#append('\n', 1)
    else {
      this.#at += 2
      for (const char of tail) this.#append(char, 1)
    }
    this.#closeTop(tail === undefined ? 'blockquote' : 'expandable_blockquote')
  }

  #closeLink(top: OpenEntity): void {
    this.#at += 1
    const url = this.#next('(') ? this.#readUrl('a URL') : this.#text.slice(top.offset)
    this.#open.pop()
    const length = this.#text.length - top.offset
    const entity = length > 0 ? linkEntity(url, top.offset, length) : undefined
    if (entity) this.#entities.push(entity)
  }

  #closeEmoji(top: OpenEntity): void {
    this.#at += 1
    if (!this.#next('(')) refuse('Custom emoji entity must contain a tg://emoji URL')
    const url = this.#readUrl('a custom emoji URL')
    this.#open.pop()
    const emoji =
      /^tg:(?:\/\/)?emoji\/?\?(?:.*&)?id=([1-9]\d*)/i.exec(url)?.[1] ??
      refuse('Custom emoji URL must have an emoji identifier')
    const length = this.#text.length - top.offset
    if (length > 0)
      this.#entities.push({ type: 'custom_emoji', offset: top.offset, length, custom_emoji_id: emoji })
  }

  #readUrl(what: string): string {
    const from = this.#at + 1
    let url = ''
    for (let at = from; at < this.#source.length; at += 1) {
      const char = this.#source.charAt(at)
      if (char === ')') {
        this.#at = at + 1
        return url
      }
      const escapes = char === '\\' && this.#source.charCodeAt(at + 1) < 127
      url += escapes ? this.#source.charAt(at + 1) : char
      if (escapes) at += 1
    }
    return refuse(`Can't find end of ${what} at byte offset ${byteOffset(this.#source, from)}`)
  }

  #begin(char: string): void {
    if (this.#next('__')) this.#push('Underline', 2)
    else if (char === '_') this.#push('Italic', 1)
    else if (char === '*') this.#push('Bold', 1)
    else if (char === '~') this.#push('Strikethrough', 1)
    else if (this.#next('||')) this.#push('Spoiler', 2)
    else if (char === '[') this.#push('TextUrl', 1)
    else if (this.#next('![')) this.#push('CustomEmoji', 2)
    else if (this.#next('```')) this.#pushPre()
    else if (char === '`') this.#push('Code', 1)
    else if (char === '>' && this.#mayStartQuote && !this.#inQuote) this.#push('BlockQuote', 1)
    else refuse(`Character '${char}' is reserved and must be escaped with the preceding '\\'`)
  }

  #push(kind: Kind, consumed: number, language?: string): void {
    const named = language === undefined ? {} : { language }
    this.#open.push({ kind, from: this.#at, offset: this.#text.length, ...named })
    this.#at += consumed
  }

  #pushPre(): void {
    const rest = this.#source.slice(this.#at + 3)
    const named = /^([^\s`]+)(?=\s)/.exec(rest)?.[1]
    this.#push(named ? 'PreCode' : 'Pre', 3 + (named?.length ?? 0), named)
    this.#at += /^(\r\n|\n\r|\n|\r)?/.exec(this.#source.slice(this.#at))?.[0].length ?? 0
  }
}
