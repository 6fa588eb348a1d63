import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { WireAnswer } from '../wire-server.ts'
import type { DiscordAttachment } from './attachment.ts'

const storedBytesLimit = 512 * 1024 * 1024
const route = /^\/attachments\/(\d+)\/(\d+)\/([^/]+)$/

/** The emulated CDN: signed links that expire, readable by anybody who has one. */
export interface Media {
  store(id: string, file: { data: Buffer; contentType: string }): void
  /** Bytes of an attachment still kept. */
  read(id: string): Buffer | undefined
  link(channelId: string, attachment: DiscordAttachment): string
  /** Answers a GET below the CDN, or undefined where the path is none of its own. */
  serve(method: string, path: string): WireAnswer | undefined
}

export function createMedia(options: {
  readonly baseUrl: () => string
  readonly linkTtlMs: number
  readonly now: () => number
}): Media {
  const files = new Map<string, { data: Buffer; contentType: string }>()
  const key = randomBytes(32)
  let storedBytes = 0

  const sign = (path: string, expires: string, issued: string): string =>
    createHmac('sha256', key).update(`${path}:${expires}:${issued}`).digest('hex')

  const isSigned = (path: string, query: URLSearchParams): boolean => {
    const expires = query.get('ex') ?? ''
    const given = Buffer.from(query.get('hm') ?? '')
    const expected = Buffer.from(sign(path, expires, query.get('is') ?? ''))
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false
    return Number.parseInt(expires, 16) * 1000 > options.now()
  }

  return {
    store(id, file) {
      files.set(id, file)
      storedBytes += file.data.length
      for (const [oldest, { data }] of files) {
        if (storedBytes <= storedBytesLimit) break
        files.delete(oldest)
        storedBytes -= data.length
      }
    },
    read: (id) => files.get(id)?.data,
    link(channelId, attachment) {
      const path = `/attachments/${channelId}/${attachment.id}/${encodeURIComponent(attachment.filename)}`
      // The real links carry whole seconds in hexadecimal.
      const issued = Math.floor(options.now() / 1000)
      const expires = Math.ceil((options.now() + options.linkTtlMs) / 1000)
      const [ex, is] = [expires.toString(16), issued.toString(16)]
      return `${options.baseUrl()}${path}?ex=${ex}&is=${is}&hm=${sign(path, ex, is)}&`
    },
    serve(method, path) {
      const [pathname = '', search = ''] = path.split('?')
      const id = route.exec(pathname)?.[2]
      if (id === undefined) return undefined
      if (method !== 'GET') return { status: 405, body: 'Method Not Allowed' }
      const file = files.get(id)
      if (!file || !isSigned(pathname, new URLSearchParams(search)))
        return { status: 404, body: 'This content is no longer available.' }
      return { status: 200, headers: { 'content-type': file.contentType }, body: file.data }
    },
  }
}
