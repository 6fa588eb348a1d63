import { MAX_URL_LENGTH } from './tree.ts'

/** The address as a link may carry it, or undefined for what must be shown as text. */
export function linkAddress(raw: string): string | undefined {
  const given = raw.trim()
  if (given.length > MAX_URL_LENGTH || !/^(?:https?:\/\/|mailto:)/i.test(given) || !URL.canParse(given))
    return undefined
  const { href, protocol } = new URL(given)
  if (protocol === 'mailto:' && !/^mailto:[^@]+@[^@]+$/i.test(href)) return undefined
  const address = href.replace(/["'<>`|\\^{}\s]/g, (char) => `%${hex(char)}`)
  if (address.length > MAX_URL_LENGTH) return undefined
  // A host without a path keeps the form it was written in.
  return address.endsWith('/') && address.slice(0, -1) === given ? given : address
}

const hex = (char: string): string => char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')
