import type { FastifyRequest } from 'fastify'
import type { WebParts } from './parts.ts'

/** The link for a new admin, as they can open it: by the public address or, without one, by that of the request. */
export function joinUrl(
  { publicUrl }: Pick<WebParts, 'publicUrl'>,
  { protocol, host }: Pick<FastifyRequest, 'protocol' | 'host'>,
  token: string,
): string {
  const base = publicUrl?.replace(/\/+$/, '') ?? `${protocol}://${host}`
  return `${base}/admin/join?token=${token}`
}
