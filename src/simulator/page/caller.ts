import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'

/**
 * Why a request is refused, or undefined. A page that a stranger's name server points at this address comes
 * with that stranger's host name; a page of another site that posts here comes with its own origin.
 */
export function callerFault(
  headers: IncomingHttpHeaders,
  method: string,
  ownHost: string,
): string | undefined {
  const host = hostName(headers.host)
  if (host === undefined || !(isAddress(host) || host === 'localhost' || host === ownHost))
    return `the simulator is not served as ${headers.host ?? 'an unnamed host'}`
  if (method === 'GET' || method === 'HEAD') return undefined
  const { origin } = headers
  if (origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== headers.host))
    return 'only the simulator’s own page may do this'
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    return 'only the simulator’s own page may do this'
  return undefined
}

function hostName(host: string | undefined): string | undefined {
  if (host === undefined || !URL.canParse(`http://${host}`)) return undefined
  return new URL(`http://${host}`).hostname
}

const isAddress = (host: string): boolean => isIP(host.replace(/^\[|\]$/g, '')) !== 0
