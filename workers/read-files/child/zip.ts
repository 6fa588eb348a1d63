import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl'
import type { ReadLimits } from '../reading.ts'
import type { Collector } from './collector.ts'
import { FileFault } from './fault.ts'

const MAX_ENTRIES = 10_000
/** Deflate alone reaches about a thousand; an honest document stays far below. */
const MAX_RATIO = 200
const SMALL_BYTES = 10 * 1024 * 1024

async function* entriesOf(data: Buffer): AsyncGenerator<{ zip: ZipFile; entry: Entry }> {
  try {
    const zip = await fromBufferPromise(data)
    let count = 0
    for await (const entry of zip.eachEntry()) {
      count += 1
      if (count > MAX_ENTRIES) throw new FileFault('file_too_large', `more than ${MAX_ENTRIES} files inside`)
      yield { zip, entry }
    }
  } catch (error) {
    if (error instanceof FileFault) throw error
    throw new FileFault('file_damaged', error instanceof Error ? error.message : 'no zip')
  }
}

/**
 * Refuses what would unpack to more than it may, before anything is unpacked. What lies about its sizes ends at
 * the process's limits.
 */
export async function refuseBomb(data: Buffer, limits: ReadLimits): Promise<void> {
  let expanded = 0
  for await (const { entry } of entriesOf(data)) {
    if (entry.isEncrypted()) throw new FileFault('file_locked', 'encrypted inside')
    expanded += entry.uncompressedSize
    const dense = expanded > SMALL_BYTES && expanded > data.length * MAX_RATIO
    if (dense || expanded > limits.maxExpandedBytes)
      throw new FileFault('file_too_large', 'unpacks to more than is allowed')
  }
}

/** The wanted files of a zip, unpacked; `refuseBomb` comes first. */
export async function readEntries(
  data: Buffer,
  wanted: (name: string) => boolean,
  limits: ReadLimits,
): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>()
  let left = limits.maxExpandedBytes
  for await (const { zip, entry } of entriesOf(data)) {
    if (!wanted(entry.fileName)) continue
    const chunks: Buffer[] = []
    for await (const chunk of await zip.openReadStreamPromise(entry)) {
      const bytes = Buffer.from(chunk)
      left -= bytes.length
      if (left < 0) throw new FileFault('file_too_large', 'unpacks to more than it declared')
      chunks.push(bytes)
    }
    found.set(entry.fileName, Buffer.concat(chunks))
  }
  return found
}

/** What is inside, by name and size; never unpacked. */
export async function listArchive(data: Buffer, collector: Collector): Promise<void> {
  const lines: string[] = []
  for await (const { entry } of entriesOf(data))
    lines.push(`${entry.fileName}\t${entry.uncompressedSize} bytes`)
  collector.add('part', '1', `Contents of the archive (not unpacked):\n${lines.join('\n')}`)
}
