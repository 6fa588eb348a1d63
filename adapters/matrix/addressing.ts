import { isCommand } from '../../src/model/command.ts'
import { type Content, contentOf, textAt } from './events.ts'

export interface Account {
  readonly userId: string
  readonly displayName: string
}

export interface Spoken {
  /** Without the account's own name. */
  readonly text: string
  /** By a mention, a pill, its name in front, or one of its commands. */
  readonly meant: boolean
}

const BARE_COMMAND = /^\s*!([a-z]+)(?:\s|$)/i
const WORD = /[\p{L}\p{N}_]/u

export function spokenTo(
  content: Content,
  body: string,
  account: Account,
  options: { readonly isReply: boolean },
): Spoken {
  const said = options.isReply ? withoutQuote(body) : body
  const pills = pillTexts(withoutReplyBlock(textAt(content, 'formatted_body') ?? ''), account.userId)
  const names = namesOf(account)
  const mentions = content['m.mentions']
  const userIds = contentOf(mentions).user_ids
  const isMentioned = Array.isArray(userIds) && userIds.includes(account.userId)
  // Clients before Matrix 1.7 say nothing of mentions.
  const isNamed = mentions === undefined && nameInFront(said, names) !== undefined
  const meant = pills.length > 0 || isMentioned || isNamed
  const text = meant ? withoutNames(said, pills, names) : said.trim()
  return { text, meant: meant || isCommand(BARE_COMMAND.exec(said)?.[1]?.toLowerCase() ?? '') }
}

/** Longest first, so that what is found is the whole of a name. */
function namesOf({ userId, displayName }: Account): string[] {
  const localpart = userId.slice(1).split(':')[0] ?? ''
  return [userId, `@${displayName}`, displayName, `@${localpart}`, localpart]
    .filter((name) => name.replace('@', '') !== '')
    .sort((a, b) => b.length - a.length)
}

function nameInFront(text: string, names: readonly string[]): string | undefined {
  const start = text.trimStart().toLowerCase()
  return names.find((name) => start.startsWith(name.toLowerCase()) && !WORD.test(start[name.length] ?? ' '))
}

function withoutNames(said: string, pills: readonly string[], names: readonly string[]): string {
  let text = said
  for (const pill of pills)
    text = withoutWord(text, pill.startsWith('@') ? pill : `@${pill}`) ?? withoutWord(text, pill) ?? text
  const inFront = nameInFront(text, names)
  if (inFront !== undefined)
    return text
      .trimStart()
      .slice(inFront.length)
      .replace(/^[\s,:;]+/, '')
      .trim()
  if (pills.length === 0) {
    for (const name of names.filter((one) => one.startsWith('@'))) text = withoutWord(text, name) ?? text
  }
  return text.trim()
}

/** Undefined where the word does not stand on its own. */
function withoutWord(text: string, word: string): string | undefined {
  const at = text.toLowerCase().indexOf(word.toLowerCase())
  const end = at + word.length
  if (at < 0 || word === '' || WORD.test(text[at - 1] ?? ' ') || WORD.test(text[end] ?? ' ')) return undefined
  const before = text.slice(0, at).trimEnd()
  const after = text.slice(end)
  if (before === '') return after.replace(/^[\s,:;]+/, '')
  const rest = after.trimStart()
  return /^(?:[,.:;!?]|$)/.test(rest)
    ? `${before}${rest}`
    : `${before}${/^\s*\n/.test(after) ? '\n' : ' '}${rest}`
}

/** What links to the account show as, in the order they stand. */
function pillTexts(html: string, userId: string): string[] {
  return [userId, encodeURIComponent(userId)].flatMap((address) => {
    const link = `https://matrix.to/#/${address}`
    const texts: string[] = []
    for (let at = html.indexOf(link); at >= 0; at = html.indexOf(link, at + link.length)) {
      if (!/["'?]/.test(html[at + link.length] ?? '')) continue
      const open = html.indexOf('>', at)
      const close = html.indexOf('<', open)
      if (open < 0 || close < 0) break
      texts.push(unescaped(html.slice(open + 1, close)))
    }
    return texts
  })
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&amp;': '&',
}

function unescaped(html: string): string {
  return html.replace(/&(?:lt|gt|quot|#39|amp);/g, (entity) => ENTITIES[entity] ?? entity)
}

/** The `> <@person:server> …` that replies carried in their text before Matrix 1.13. */
/** Without what clients of old put before a reply. */
export function withoutQuote(body: string): string {
  if (!/^> (?:\* )?<@[^>\n]+>/.test(body)) return body
  const lines = body.split('\n')
  const first = lines.findIndex((line) => !line.startsWith('>'))
  if (first < 0) return ''
  return lines.slice(lines[first] === '' ? first + 1 : first).join('\n')
}

function withoutReplyBlock(html: string): string {
  const start = html.indexOf('<mx-reply>')
  const end = html.indexOf('</mx-reply>', start)
  return start < 0 || end < 0 ? html : html.slice(0, start) + html.slice(end + '</mx-reply>'.length)
}
