import { fileTypeFromBuffer } from 'file-type'
import type { FileKind } from '../reading.ts'
import { FileFault } from './fault.ts'

const BY_MIME: Readonly<Record<string, FileKind>> = {
  'application/pdf': 'pdf',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'pptx',
  'application/vnd.ms-word.document.macroenabled.12': 'docx',
  'application/vnd.ms-excel.sheet.macroenabled.12': 'xlsx',
  'application/vnd.ms-powerpoint.presentation.macroenabled.12': 'pptx',
  'application/zip': 'archive',
  'application/gzip': 'archive',
  'application/x-tar': 'archive',
}
const PICTURES: ReadonlySet<string> = new Set([
  'image/jpeg',
  'image/png',
  'image/webp',
  'image/gif',
  'image/avif',
  'image/tiff',
])
/** Office files before 2007, and what is locked with a password: the same container. */
const COMPOUND = 'application/x-cfb'

/**
 * By content first: a name is anybody's to choose. Only among texts, which have no mark of their own, do the
 * name and the platform's word decide.
 */
export async function kindOf(data: Buffer, name: string, mimeType: string | undefined): Promise<FileKind> {
  const found = await fileTypeFromBuffer(data)
  const extension = /\.([a-z\d]{1,10})$/i.exec(name)?.[1]?.toLowerCase() ?? ''
  if (found) {
    const kind = BY_MIME[found.mime]
    if (kind !== undefined) return kind
    if (PICTURES.has(found.mime)) return 'image'
    if (found.mime === COMPOUND && /^(docx|xlsx|pptx)$/.test(extension))
      throw new FileFault('file_locked', `a ${extension} in a compound file is locked with a password`)
    if (!/^(text\/|application\/(xml|rtf|vnd\.ms-outlook))|\+xml$/.test(found.mime))
      throw new FileFault('file_unsupported', `nothing reads ${found.mime}`)
    if (found.mime === 'application/rtf') throw new FileFault('file_unsupported', 'nothing reads RTF')
  }
  if (looksBinary(data)) throw new FileFault('file_unsupported', 'binary of an unknown kind')
  if (extension === 'eml' || mimeType === 'message/rfc822') return 'mail'
  if (/^html?$|^xhtml$/.test(extension) || /^text\/html\b/.test(mimeType ?? '')) return 'html'
  if (/^(csv|tsv)$/.test(extension) || /^text\/(csv|tab-separated-values)\b/.test(mimeType ?? ''))
    return 'csv'
  return 'text'
}

/** Zero bytes are in no text but UTF-16 and UTF-32, which say so by a mark or have them at every other place. */
function looksBinary(data: Buffer): boolean {
  const head = data.subarray(0, 8_192)
  if (!head.includes(0)) return false
  if (/^(fffe|feff)/.test(head.subarray(0, 2).toString('hex'))) return false
  let [even, odd] = [0, 0]
  for (const [index, byte] of head.entries()) if (byte === 0) index % 2 === 0 ? even++ : odd++
  const half = head.length / 2
  return !((even > half * 0.6 && odd === 0) || (odd > half * 0.6 && even === 0))
}
