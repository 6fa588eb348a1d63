/** What a run printed, up to a number of UTF-8 bytes. */
export interface Transcript {
  add(text: string): void
  /** Well-formed and without NULs, so that it can be stored and shown. */
  read(): { readonly output: string; readonly truncated: boolean }
}

export function createTranscript(maxBytes: number): Transcript {
  let output = ''
  let bytes = 0
  let truncated = false
  return {
    add(text) {
      if (truncated) return
      const size = Buffer.byteLength(text)
      if (bytes + size <= maxBytes) {
        bytes += size
        output += text
        return
      }
      truncated = true
      output += cutToBytes(text, maxBytes - bytes)
    },
    read: () => ({ output: cleanText(output), truncated }),
  }
}

export function cleanText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd')
}

/** Cuts between characters. */
function cutToBytes(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text)
  let end = maxBytes
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}
