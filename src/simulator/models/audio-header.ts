/** What an audio file's own bytes say of it. */
export interface AudioHeader {
  readonly container: 'wav' | 'ogg'
  readonly codec: 'pcm' | 'opus' | 'vorbis'
  readonly sampleRate: number
  readonly channels: number
  readonly durationMs: number
  /** Known for 16-bit PCM only: no sample is louder than about -54 dB. */
  readonly silent: boolean | undefined
}

const QUIET_SAMPLE = 64

/** Undefined for anything that is no WAV with PCM samples and no OGG with Opus or Vorbis. */
export function readAudioHeader(bytes: Buffer): AudioHeader | undefined {
  if (bytes.length < 28) return undefined
  const magic = bytes.toString('latin1', 0, 4)
  if (magic === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WAVE') return readWav(bytes)
  return magic === 'OggS' ? readOgg(bytes) : undefined
}

function readWav(bytes: Buffer): AudioHeader | undefined {
  let format: { channels: number; sampleRate: number; byteRate: number; bits: number } | undefined
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = bytes.toString('latin1', at, at + 4)
    const size = bytes.readUInt32LE(at + 4)
    const start = at + 8
    if (name === 'fmt ' && start + 16 <= bytes.length) {
      if (bytes.readUInt16LE(start) !== 1) return undefined
      format = {
        channels: bytes.readUInt16LE(start + 2),
        sampleRate: bytes.readUInt32LE(start + 4),
        byteRate: bytes.readUInt32LE(start + 8),
        bits: bytes.readUInt16LE(start + 14),
      }
    }
    if (name === 'data') {
      if (!format || format.byteRate === 0) return undefined
      const samples = bytes.subarray(start, start + size)
      return {
        container: 'wav',
        codec: 'pcm',
        sampleRate: format.sampleRate,
        channels: format.channels,
        durationMs: Math.round((samples.length * 1000) / format.byteRate),
        silent: format.bits === 16 ? isQuiet(samples) : undefined,
      }
    }
    at = start + size + (size % 2)
  }
  return undefined
}

function isQuiet(samples: Buffer): boolean {
  for (let at = 0; at + 1 < samples.length; at += 2) {
    if (Math.abs(samples.readInt16LE(at)) > QUIET_SAMPLE) return false
  }
  return true
}

function readOgg(bytes: Buffer): AudioHeader | undefined {
  const body = 27 + (bytes[26] ?? 0)
  const lastPage = bytes.lastIndexOf('OggS')
  if (lastPage + 14 > bytes.length || body + 19 > bytes.length) return undefined
  const position = Number(bytes.readBigInt64LE(lastPage + 6))
  const opus = bytes.toString('latin1', body, body + 8) === 'OpusHead'
  const vorbis = bytes.toString('latin1', body, body + 7) === '\x01vorbis'
  if (!opus && !vorbis) return undefined
  // Opus counts its positions at 48 kHz whatever the input rate was (RFC 7845, section 4).
  const sampleRate = opus ? 48_000 : bytes.readUInt32LE(body + 12)
  const skipped = opus ? bytes.readUInt16LE(body + 10) : 0
  if (sampleRate === 0) return undefined
  return {
    container: 'ogg',
    codec: opus ? 'opus' : 'vorbis',
    sampleRate,
    channels: bytes[body + (opus ? 9 : 11)] ?? 0,
    durationMs: Math.max(0, Math.round(((position - skipped) * 1000) / sampleRate)),
    silent: undefined,
  }
}
