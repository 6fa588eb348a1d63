import { externalId } from '../../src/model/ids.ts'
import type { InboundAttachment } from '../../src/model/inbound.ts'
import { type Content, contentOf, textAt } from './events.ts'

const KINDS: Readonly<Record<string, InboundAttachment['kind']>> = {
  'm.audio': 'audio',
  'm.image': 'image',
  'm.video': 'video',
  'm.file': 'file',
}

export function isFileMessage(content: Content): boolean {
  return Object.hasOwn(KINDS, textAt(content, 'msgtype') ?? '')
}

/** The one file of a message. An encrypted one stands without an address: its download is refused in words. */
export function attachmentOf(content: Content, eventId: string): InboundAttachment {
  const mxc = textAt(content, 'url')
  const info = contentOf(content.info)
  const mimeType = textAt(info, 'mimetype')
  const sizeBytes = wholeNumber(info.size)
  const durationMs = wholeNumber(info.duration ?? contentOf(content['org.matrix.msc1767.audio']).duration)
  const isVoice = content['org.matrix.msc3245.voice'] !== undefined
  return {
    kind: isVoice ? 'voice' : (KINDS[textAt(content, 'msgtype') ?? ''] ?? 'file'),
    externalId: externalId(mxc ?? eventId),
    name: textAt(content, 'filename') ?? textAt(content, 'body') ?? 'file',
    reference: mxc === undefined ? { encrypted: true } : { mxc },
    ...(mimeType === undefined ? {} : { mimeType }),
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...(durationMs === undefined ? {} : { durationMs }),
  }
}

/** `body` is a caption only beside a file name that differs from it. */
export function captionOf(content: Content): string {
  const fileName = textAt(content, 'filename')
  const body = textAt(content, 'body') ?? ''
  return fileName === undefined || fileName === body ? '' : body
}

function wholeNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}
