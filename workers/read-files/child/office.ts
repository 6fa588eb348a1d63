import mammoth from 'mammoth'
import readSheets from 'read-excel-file/node'
import { SaxesParser } from 'saxes'
import type { ReadLimits } from '../reading.ts'
import type { Collector } from './collector.ts'
import { FileFault } from './fault.ts'
import { htmlAsText, readText } from './text.ts'
import { readEntries } from './zip.ts'

export async function readWord(data: Buffer, collector: Collector): Promise<void> {
  const skip = mammoth.images.imgElement(() => Promise.resolve({ src: '' }))
  const { value } = await mammoth.convertToHtml({ buffer: data }, { convertImage: skip })
  readText(htmlAsText(value), collector)
}

export async function readWorkbook(data: Buffer, collector: Collector): Promise<void> {
  for (const { sheet, data: rows } of await readSheets(data)) {
    const lines = rows.map((row) => row.map(asCell).join('\t').trimEnd())
    if (!collector.add('sheet', sheet, lines.join('\n'))) return
  }
}

function asCell(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Date) return value.toISOString().replace(/T00:00:00\.000Z$/, '')
  return String(value).replaceAll(/[\t\n\r]+/g, ' ')
}

const SLIDE = /^ppt\/slides\/slide(\d+)\.xml$/
const NOTES = /^ppt\/notesSlides\/notesSlide(\d+)\.xml$/

/** The text of each slide in the order of its file's number, its notes behind it. */
export async function readSlides(data: Buffer, limits: ReadLimits, collector: Collector): Promise<void> {
  const entries = await readEntries(data, (name) => SLIDE.test(name) || NOTES.test(name), limits)
  const texts = new Map<number, { slide: string; notes: string }>()
  for (const [name, xml] of entries) {
    const number = Number(SLIDE.exec(name)?.[1] ?? NOTES.exec(name)?.[1])
    const known = texts.get(number) ?? { slide: '', notes: '' }
    const text = drawnText(xml.toString('utf8'))
    texts.set(number, SLIDE.test(name) ? { ...known, slide: text } : { ...known, notes: text })
  }
  if (texts.size === 0) throw new FileFault('file_damaged', 'a presentation without slides')
  for (const [number, { slide, notes }] of [...texts].toSorted(([a], [b]) => a - b)) {
    const text = notes === '' ? slide : `${slide}\n\nNotes: ${notes}`
    if (!collector.add('slide', String(number), text)) return
  }
}

/** DrawingML: runs of text (`a:t`) in paragraphs (`a:p`), line breaks (`a:br`), table cells (`a:tc`). */
function drawnText(xml: string): string {
  const parser = new SaxesParser()
  let text = ''
  let within = false
  parser.on('opentag', ({ name }) => {
    if (name === 'a:t') within = true
    else if (name === 'a:br') text += '\n'
  })
  parser.on('closetag', ({ name }) => {
    if (name === 'a:t') within = false
    else if (name === 'a:p') text += '\n'
    else if (name === 'a:tc') text = `${text.trimEnd()}\t`
    else if (name === 'a:tr') text = `${text.trimEnd()}\n`
  })
  parser.on('text', (piece) => {
    if (within) text += piece
  })
  parser.on('error', (error) => {
    throw new FileFault('file_damaged', error.message.slice(0, 100))
  })
  parser.write(xml).close()
  return text.trim()
}
