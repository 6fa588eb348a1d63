import { html as escaping } from 'ghtml'

const markup: unique symbol = Symbol('markup')

/** Safe to show as it is. Only the templates here make it. */
export interface Html {
  readonly [markup]: string
}

export type Content = Html | string | number | false | undefined | readonly Content[]

/** Escapes everything but what another template made. Attribute values need their quotes written. */
export function html(literals: TemplateStringsArray, ...contents: readonly Content[]): Html {
  return { [markup]: String.raw({ raw: literals }, ...contents.map(render)) }
}

export function render(content: Content): string {
  if (content === undefined || content === false) return ''
  if (typeof content === 'string' || typeof content === 'number') return escaping`${String(content)}`
  return isHtml(content) ? content[markup] : content.map(render).join('')
}

function isHtml(content: Html | readonly Content[]): content is Html {
  return markup in content
}
