const MAX_DEPTH = 100

const ALWAYS_EMPTY = new Set(['br', 'hr', 'img'])

/** Tags and attributes that clients are asked to show (client-server API, m.room.message msgtypes). */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    (
      'del h1 h2 h3 h4 h5 h6 blockquote p ul sup sub li b i u strong em s hr br table thead tbody tr th td ' +
      'caption pre details summary'
    )
      .split(' ')
      .map((tag) => [tag, []]),
  ),
  a: ['href', 'target'],
  code: ['class'],
  div: ['data-mx-maths'],
  img: ['width', 'height', 'alt', 'title', 'src'],
  ol: ['start'],
  span: ['data-mx-bg-color', 'data-mx-color', 'data-mx-spoiler', 'data-mx-maths'],
}

const TAG =
  /<(\/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s+[^\s"'<>/=]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+))?)*)\s*(\/?)>/y
const ATTRIBUTE = /([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/g
const LINK = /^(?:https?|ftp|mailto|magnet):/i

/** Returns what a client would drop or garble in this HTML, or undefined when nothing. */
export function faultInHtml(html: string): string | undefined {
  const open: string[] = []
  for (let at = html.indexOf('<'); at >= 0; at = html.indexOf('<', at + 1)) {
    if (!/[a-zA-Z/!?]/.test(html[at + 1] ?? '')) return `a bare '<' at ${at} must be written &lt;`
    TAG.lastIndex = at
    const tag = TAG.exec(html)
    if (!tag) return `malformed markup at ${at}`
    const [, slash, rawName = '', attributes = ''] = tag
    const name = rawName.toLowerCase()
    const allowed = ALLOWED[name]
    if (!allowed) return `tag <${name}> is not allowed`
    if (slash) {
      if (open.pop() !== name) return `</${name}> at ${at} closes nothing`
    } else {
      const fault = faultInAttributes(name, attributes, allowed)
      if (fault) return fault
      if (!ALWAYS_EMPTY.has(name)) open.push(name)
      if (open.length > MAX_DEPTH) return `tags are nested deeper than ${MAX_DEPTH}`
    }
    at = TAG.lastIndex - 1
  }
  const left = open.at(-1)
  return left === undefined ? undefined : `<${left}> is never closed`
}

function faultInAttributes(tag: string, text: string, allowed: readonly string[]): string | undefined {
  for (const [, rawName = '', double, single, bare] of text.matchAll(ATTRIBUTE)) {
    const name = rawName.toLowerCase()
    const value = double ?? single ?? bare ?? ''
    if (!allowed.includes(name)) return `attribute ${name} is not allowed on <${tag}>`
    if (name === 'href' && !LINK.test(value)) return `href must be http, https, ftp, mailto or magnet`
    if (name === 'src' && !value.startsWith('mxc://')) return 'src of <img> must be an mxc:// address'
    if (name === 'class' && !value.split(/\s+/).every((part) => part.startsWith('language-')))
      return 'class of <code> must start with language-'
  }
  return undefined
}
