/** What a message mentions, by id; names may be unknown. */
export interface Names {
  person(id: string): string | undefined
  channel(id: string): string | undefined
}

// Only what Slack itself writes: in text that came unescaped, `a<b>c` stays as it is.
const TOKEN =
  /<(?:@([A-Z0-9]+)|#([A-Z0-9]+)|!([^<>|]+)|((?:https?|mailto|tel|slack):[^<>|\s]+))(?:\|([^<>]*))?>/g

/** People and channels that have to be named to make the text readable, each once. */
export function mentionsIn(text: string): { people: string[]; channels: string[] } {
  const people = new Set<string>()
  const channels = new Set<string>()
  for (const [, person, channel, , , label] of text.matchAll(TOKEN)) {
    if (person !== undefined && !label) people.add(person)
    if (channel !== undefined && !label) channels.add(channel)
  }
  return { people: [...people], channels: [...channels] }
}

export function mentions(text: string, userId: string): boolean {
  return new RegExp(`<@${userId}(?:\\|[^<>]*)?>`).test(text)
}

/** Slack's mrkdwn as people read it: entities unescaped, mentions named, links spelled out, `self` left out. */
export function readableText(text: string, names: Names, self?: string): string {
  let result = ''
  let end = 0
  for (const match of text.matchAll(TOKEN)) {
    const [whole, person, channel, special, link, label] = match
    const before = unescapeEntities(text.slice(end, match.index))
    end = match.index + whole.length
    if (person !== undefined && person === self) {
      result = `${result}${before}`.replace(/[ \t]+$/, '')
      result = result === '' || result.endsWith('\n') ? result : `${result} `
      end += /^[ \t]*/.exec(text.slice(end))?.[0].length ?? 0
      continue
    }
    const shown = label ? unescapeEntities(label) : undefined
    result += before
    if (person !== undefined) result += `@${shown ?? names.person(person) ?? person}`
    else if (channel !== undefined) result += `#${shown ?? names.channel(channel) ?? channel}`
    else if (special !== undefined) result += specialText(special, shown)
    else if (link !== undefined) result += linkText(unescapeEntities(link), shown)
  }
  result += unescapeEntities(text.slice(end))
  return markdownFences(self === undefined ? result : result.replace(/^[\s,:]+/, '')).trim()
}

const FENCE = '```'
/** First words of a code block that name its language. Slack has no place of its own for it. */
const LANGUAGE =
  /^(js|javascript|mjs|node|ts|typescript|jsx|tsx|py|python|json|sh|bash|sql|html|css|yaml|go|rust|java)$/i

/** Slack writes a code block as `a: ```code```, b`; in Markdown a fence has lines of its own. */
function markdownFences(text: string): string {
  const pieces = text.split(FENCE)
  let result = ''
  for (const [index, piece] of pieces.entries()) {
    const isCode = index % 2 === 1
    const isClosed = index < pieces.length - 1
    if (isCode && isClosed) {
      const [first = '', ...rest] = piece.split('\n')
      const language = rest.length > 0 && LANGUAGE.test(first.trim()) ? first.trim() : ''
      const code = (language === '' ? piece : rest.join('\n')).replace(/^\n|\n[ \t]*$/g, '')
      const before = result === '' || result.endsWith('\n') ? '' : '\n'
      result = `${result.replace(/[ \t]+$/, '')}${before}${FENCE}${language}\n${code}\n${FENCE}`
    } else if (isCode) result += `${FENCE}${piece}`
    else
      result +=
        index > 0 && piece.trim() !== '' && !/^[ \t]*\n/.test(piece) ? `\n${piece.trimStart()}` : piece
  }
  return result
}

export function unescapeEntities(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}

/** `<!here>`, `<!subteam^S1|@team>`, `<!date^1700000000^{date}|yesterday>`. */
function specialText(special: string, label: string | undefined): string {
  if (label !== undefined) return label.startsWith('@') || special.startsWith('date^') ? label : `@${label}`
  const [name = '', id] = special.split('^')
  return name === 'subteam' ? `@${id ?? name}` : `@${name}`
}

function linkText(link: string, label: string | undefined): string {
  const bare = link.replace(/^(mailto|tel):/, '')
  if (label === undefined || label === link || label === bare) return bare
  // People type `example.org`, and Slack makes it a link.
  if (link.replace(/^https?:\/\//, '').replace(/\/$/, '') === label.replace(/\/$/, '')) return label
  return `${label} (${bare})`
}
