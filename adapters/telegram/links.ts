/** Telegram refuses the whole message for a link whose host has no dot, or that is no web address. */
export function isShownAsLink(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, hostname } = new URL(url)
  return /^https?:$/.test(protocol) && (hostname.includes('.') || hostname.startsWith('['))
}
