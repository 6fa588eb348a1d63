import type { Reading, ReadJob, ReadLimits } from '../reading.ts'
import { type Collector, createCollector } from './collector.ts'
import { FileFault } from './fault.ts'
import { kindOf } from './kind.ts'
import { decodeText, htmlAsText, readText } from './text.ts'
import { listArchive, refuseBomb } from './zip.ts'

/** What only some files need is loaded only for them. Never rejects for what is wrong with the file: that is a reading too. */
export async function read(job: ReadJob, data: Buffer): Promise<Reading> {
  try {
    return await readChecked(job, data)
  } catch (error) {
    if (error instanceof FileFault)
      return { outcome: 'fault', fault: error.fault, detail: error.message.slice(0, 500) }
    const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    return { outcome: 'fault', fault: 'file_damaged', detail: detail.slice(0, 300) }
  }
}

async function readChecked({ name, mimeType, limits }: ReadJob, data: Buffer): Promise<Reading> {
  const kind = await kindOf(data, name, mimeType)
  if (kind === 'image') {
    const { readPicture } = await import('./picture.ts')
    const picture = await readPicture(data, limits)
    return { outcome: 'read', kind, sections: [], truncated: false, picture }
  }
  const collector = createCollector(limits.maxCharacters)
  let morePages = false
  switch (kind) {
    case 'pdf': {
      const { readPdf } = await import('./pdf.ts')
      morePages = await readPdf(data, limits, collector)
      break
    }
    case 'docx':
    case 'xlsx':
    case 'pptx':
      await refuseBomb(data, limits)
      await readOffice(kind, data, limits, collector)
      break
    case 'mail': {
      const { readMail } = await import('./mail.ts')
      await readMail(data, collector)
      break
    }
    case 'html':
      readText(htmlAsText(decodeText(data)), collector)
      break
    case 'csv':
    case 'text':
      readText(decodeText(data), collector)
      break
    case 'archive':
      await listArchive(data, collector)
      break
    default:
      kind satisfies never
  }
  if (collector.sections.length === 0) throw new FileFault('file_without_text', `no text in the ${kind}`)
  return {
    outcome: 'read',
    kind,
    sections: [...collector.sections],
    truncated: collector.full || morePages,
  }
}

async function readOffice(
  kind: 'docx' | 'xlsx' | 'pptx',
  data: Buffer,
  limits: ReadLimits,
  collector: Collector,
): Promise<void> {
  const { readSlides, readWord, readWorkbook } = await import('./office.ts')
  if (kind === 'docx') await readWord(data, collector)
  else if (kind === 'xlsx') await readWorkbook(data, collector)
  else await readSlides(data, limits, collector)
}
