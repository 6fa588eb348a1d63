import type { Wire } from './model.ts'

const TOKEN =
  /^(@[UWB][A-Z0-9]+|#[CGD][A-Z0-9]+|!(here|channel|everyone)|!subteam\^S[A-Z0-9]+|!date\^[^|]+)(\|[^<>]*)?$/
const LINK = /^(https?:\/\/|mailto:|tel:|slack:\/\/|[a-z][a-z0-9+.-]*:\/\/)[^<>|\s]+(\|[^<>]*)?$/i

/**
 * The first `<` that opens neither a link nor a mention, with what follows it.
 * Slack shows such text garbled; we refuse it, because it should have been written `&lt;`.
 */
export function strayAngle(text: string): string | undefined {
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at + 1)) {
    const end = text.indexOf('>', at)
    const inside = end < 0 ? '' : text.slice(at + 1, end)
    if (!TOKEN.test(inside) && !LINK.test(inside)) return text.slice(at, at + 20)
  }
  return undefined
}

/** What Slack puts into an event for what a person typed: `& < >` escaped, URLs in angle brackets. */
export function typedText(typed: string): string {
  return typed
    .split(/(<[@#!][^<>\n]+>|https?:\/\/[^\s<>|`]+)/)
    .map((part, index) => {
      if (index % 2 === 0) return escapeText(part)
      return part.startsWith('<') ? part : `<${part.replaceAll('&', '&amp;')}>`
    })
    .join('')
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** Whom the text and blocks notify: user ids, `here`, `channel`, `everyone`, user group ids. */
export function pingsOf(text: string, blocks: readonly Wire[] | undefined): Set<string> {
  const pings = new Set<string>()
  const scan = (value: string): void => {
    for (const match of value.matchAll(
      /<(?:@([UW][A-Z0-9]+)|!(here|channel|everyone)|!subteam\^(S[A-Z0-9]+))/g,
    )) {
      const ping = match[1] ?? match[2] ?? match[3]
      if (ping !== undefined) pings.add(ping)
    }
  }
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) walk(item)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return
    const node: Wire = { ...value }
    if (typeof node.text === 'string' && (node.type === 'mrkdwn' || node.type === 'markdown')) scan(node.text)
    if (node.type === 'user' && typeof node.user_id === 'string') pings.add(node.user_id)
    if (node.type === 'broadcast' && typeof node.range === 'string') pings.add(node.range)
    if (node.type === 'usergroup' && typeof node.usergroup_id === 'string') pings.add(node.usergroup_id)
    for (const child of Object.values(node)) walk(child)
  }
  scan(text)
  walk(blocks)
  return pings
}

/** The `rich_text` block that Slack's composer makes of typed text: fences, mentions, links, text. */
export function richText(text: string): Wire {
  const elements = text
    .split(/```\n?([\s\S]*?)\n?```/)
    .map((part, index) => ({ part, code: index % 2 === 1 }))
    .filter(({ part, code }) => code || part.trim() !== '')
    .map(({ part, code }) =>
      code
        ? { type: 'rich_text_preformatted', elements: [{ type: 'text', text: unescapeText(part) }] }
        : { type: 'rich_text_section', elements: inline(part) },
    )
  return { type: 'rich_text', elements }
}

function inline(text: string): Wire[] {
  return text
    .split(/(<[^<>]+>)/)
    .filter((part) => part !== '')
    .map((part) => {
      const user = /^<@([UW][A-Z0-9]+)/.exec(part)?.[1]
      if (user !== undefined) return { type: 'user', user_id: user }
      const link = /^<(https?:[^|>]+)/.exec(part)?.[1]
      if (link !== undefined) return { type: 'link', url: unescapeText(link) }
      const range = /^<!(here|channel|everyone)/.exec(part)?.[1]
      if (range !== undefined) return { type: 'broadcast', range }
      return { type: 'text', text: unescapeText(part) }
    })
}

function unescapeText(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}
