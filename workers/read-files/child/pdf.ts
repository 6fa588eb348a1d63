import { getDocumentProxy } from 'unpdf'
import type { ReadLimits } from '../reading.ts'
import type { Collector } from './collector.ts'
import { FileFault } from './fault.ts'

/** Page by page, so that a limit ends the work early. True: there were more pages than the limit. */
export async function readPdf(data: Buffer, limits: ReadLimits, collector: Collector): Promise<boolean> {
  const document = await getDocumentProxy(new Uint8Array(data), {
    useSystemFonts: false,
    disableFontFace: true,
    enableXfa: false,
    maxImageSize: limits.maxPixels,
  }).catch((error: unknown) => {
    const name = error instanceof Error ? error.name : ''
    if (name === 'PasswordException') throw new FileFault('file_locked', 'the PDF asks for a password')
    throw new FileFault('file_damaged', `the PDF cannot be opened: ${name}`)
  })
  const pages = Math.min(document.numPages, limits.maxPages)
  for (let number = 1; number <= pages; number++) {
    const page = await document.getPage(number)
    const { items } = await page.getTextContent()
    let text = ''
    for (const item of items) if ('str' in item) text += item.str + (item.hasEOL ? '\n' : '')
    if (!collector.add('page', String(number), text)) break
    page.cleanup()
  }
  return document.numPages > pages
}
