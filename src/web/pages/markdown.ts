import { parseMarkdown } from '../../markdown/parse.ts'
import { type Block, type Inline, type Item, plainText, type Table } from '../../markdown/tree.ts'
import { type Content, type Html, html } from './html.ts'

/** What a model wrote, as the chats show it. Links are those the reader lets through; nothing is loaded. */
export function markdown(source: string): Html {
  return html`<div class="prose" dir="auto">${blocks(parseMarkdown(source))}</div>`
}

function blocks(list: readonly Block[]): Content {
  return list.map(block)
}

function block(one: Block): Content {
  switch (one.type) {
    case 'paragraph':
      return html`<p>${inlines(one.children)}</p>`
    // A heading of the page's own must not come below one of an answer.
    case 'heading':
      return html`<p class="heading">${inlines(one.children)}</p>`
    case 'code':
      return html`<pre tabindex="0"><code>${one.value}</code></pre>`
    case 'quote':
      return html`<blockquote>${blocks(one.children)}</blockquote>`
    case 'list':
      return one.start === undefined
        ? html`<ul>${one.items.map(item)}</ul>`
        : html`<ol start="${one.start}">${one.items.map(item)}</ol>`
    case 'table':
      return table(one)
    case 'rule':
      return html`<hr>`
    default:
      return one satisfies never
  }
}

function item({ checked, children }: Item): Html {
  const only = children.length === 1 ? children[0] : undefined
  const body = only?.type === 'paragraph' ? inlines(only.children) : blocks(children)
  return html`<li>${checked !== undefined && (checked ? '☑ ' : '☐ ')}${body}</li>`
}

function table({ header, rows }: Table): Html {
  return html`<div class="wide-table" tabindex="0"><table class="plain"><thead><tr>${header.map((cell) => html`<th scope="col">${inlines(cell)}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${inlines(cell)}</td>`)}</tr>`)}</tbody></table></div>`
}

function inlines(list: readonly Inline[]): Content {
  return list.map(inline)
}

function inline(one: Inline): Content {
  switch (one.type) {
    case 'text':
      return one.value
    case 'code':
      return html`<code>${one.value}</code>`
    case 'break':
      return html`<br>`
    case 'strong':
      return html`<strong>${inlines(one.children)}</strong>`
    case 'emphasis':
      return html`<em>${inlines(one.children)}</em>`
    case 'strike':
      return html`<s>${inlines(one.children)}</s>`
    case 'link':
      return html`<a href="${one.url}" rel="noopener noreferrer nofollow" target="_blank">${inlines(one.children)}</a>`
    default:
      return one satisfies never
  }
}

/** The words alone, for a line in a list. */
export function excerpt(source: string): string {
  return parseMarkdown(source).map(words).join(' ')
}

function words(one: Block): string {
  switch (one.type) {
    case 'paragraph':
    case 'heading':
      return plainText(one.children)
    case 'code':
      return one.value
    case 'quote':
      return one.children.map(words).join(' ')
    case 'list':
      return one.items.flatMap(({ children }) => children.map(words)).join(' ')
    case 'table':
      return [one.header, ...one.rows].flatMap((cells) => cells.map((cell) => plainText(cell))).join(' ')
    case 'rule':
      return ''
    default:
      return one satisfies never
  }
}
