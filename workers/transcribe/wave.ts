import { openAsBlob } from 'node:fs'
import type { PreparedAudio, Stretch } from '../../src/ports/transcriber.ts'

/** Of the only form that is made here: 16 kHz, mono, 16 bits. */
export const WAV_HEADER_BYTES = 44
export const WAV_BYTES_PER_MS = 32

/** A recording, or a part of it as a file of its own; nothing is copied before it is read. */
export async function openStretch(
  { path }: Pick<PreparedAudio, 'path'>,
  stretch: Stretch | undefined,
): Promise<Blob> {
  const whole = await openAsBlob(path, { type: 'audio/wav' })
  if (stretch === undefined) return whole
  const from = WAV_HEADER_BYTES + Math.round(stretch.fromMs) * WAV_BYTES_PER_MS
  const to = Math.min(whole.size, WAV_HEADER_BYTES + Math.round(stretch.toMs) * WAV_BYTES_PER_MS)
  const header = Buffer.from(await whole.slice(0, WAV_HEADER_BYTES).arrayBuffer())
  header.writeUInt32LE(WAV_HEADER_BYTES - 8 + to - from, 4)
  header.writeUInt32LE(to - from, WAV_HEADER_BYTES - 4)
  return new Blob([header, whole.slice(from, to)], { type: 'audio/wav' })
}
