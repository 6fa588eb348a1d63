/** A 16 kHz mono tone. Amplitude 0 is silence, 1 as loud as can be. */
export function wav(options: { seconds: number; amplitude?: number }): Buffer {
  const rate = 16_000
  const samples = Math.round(options.seconds * rate)
  const bytes = Buffer.alloc(44 + samples * 2)
  bytes.write('RIFF', 0, 'latin1')
  bytes.writeUInt32LE(36 + samples * 2, 4)
  bytes.write('WAVEfmt ', 8, 'latin1')
  bytes.writeUInt32LE(16, 16)
  bytes.writeUInt16LE(1, 20)
  bytes.writeUInt16LE(1, 22)
  bytes.writeUInt32LE(rate, 24)
  bytes.writeUInt32LE(rate * 2, 28)
  bytes.writeUInt16LE(2, 32)
  bytes.writeUInt16LE(16, 34)
  bytes.write('data', 36, 'latin1')
  bytes.writeUInt32LE(samples * 2, 40)
  for (let index = 0; index < samples; index += 1) {
    const value = Math.sin((2 * Math.PI * 440 * index) / rate) * (options.amplitude ?? 0.5)
    bytes.writeInt16LE(Math.round(value * 32_767), 44 + index * 2)
  }
  return bytes
}
