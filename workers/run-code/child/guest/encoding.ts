/** UTF-8 and base64 as browsers and Node name them; the bare engine has neither. */
export class Utf8Encoder {
  readonly encoding = 'utf-8'

  encode(text = ''): Uint8Array {
    const bytes: number[] = []
    for (const character of String(text).toWellFormed()) {
      const code = character.codePointAt(0) ?? 0
      if (code < 0x80) bytes.push(code)
      else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63))
      else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63))
      else
        bytes.push(
          0xf0 | (code >> 18),
          0x80 | ((code >> 12) & 63),
          0x80 | ((code >> 6) & 63),
          0x80 | (code & 63),
        )
    }
    return new Uint8Array(bytes)
  }

  /** As much as fits, in whole characters. */
  encodeInto(text: string, target: Uint8Array): { readonly read: number; readonly written: number } {
    let read = 0
    let written = 0
    for (const character of String(text)) {
      const bytes = this.encode(character)
      if (written + bytes.length > target.length) break
      target.set(bytes, written)
      read += character.length
      written += bytes.length
    }
    return { read, written }
  }
}

export class Utf8Decoder {
  readonly encoding = 'utf-8'

  constructor(label = 'utf-8') {
    if (!/^utf-?8$/i.test(label)) throw new RangeError(`The "${label}" encoding is not supported`)
  }

  decode(input: ArrayBuffer | ArrayBufferView = new ArrayBuffer(0)): string {
    const bytes = ArrayBuffer.isView(input)
      ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
      : new Uint8Array(input)
    let text = ''
    for (let index = 0; index < bytes.length; ) {
      const { code, size } = codePointAt(bytes, index)
      text += String.fromCodePoint(code)
      index += size
    }
    return text.startsWith('\ufeff') ? text.slice(1) : text
  }
}

function codePointAt(bytes: Uint8Array, index: number): { readonly code: number; readonly size: number } {
  const first = bytes[index] ?? 0
  if (first < 0x80) return { code: first, size: 1 }
  const size = first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 ? 3 : 2
  const bad = { code: 0xfffd, size: 1 }
  if (first < 0xc2 || first >= 0xf5) return bad
  let code = first & (0xff >> (size + 1))
  for (let offset = 1; offset < size; offset++) {
    const next = bytes[index + offset] ?? 0
    if ((next & 0xc0) !== 0x80) return bad
    code = (code << 6) | (next & 63)
  }
  const isOverlong = (size === 3 && code < 0x800) || (size === 4 && code < 0x10000)
  if (isOverlong || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return bad
  return { code, size }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

export function btoa(input: unknown): string {
  const text = String(input)
  let encoded = ''
  for (let index = 0; index < text.length; index += 3) {
    const codes = [0, 1, 2].map((offset) => text.charCodeAt(index + offset))
    if (codes.some((code) => code > 255)) throw new RangeError('Invalid character')
    const bits = codes.reduce((sum, code) => (sum << 8) | (Number.isNaN(code) ? 0 : code), 0)
    const present = Math.min(3, text.length - index)
    for (let digit = 0; digit < 4; digit++)
      encoded += digit <= present ? ALPHABET.charAt((bits >> (18 - 6 * digit)) & 63) : '='
  }
  return encoded
}

export function atob(input: unknown): string {
  const text = String(input)
    .replaceAll(/[\t\n\f\r ]/g, '')
    .replace(/={1,2}$/, '')
  if (/[^A-Za-z0-9+/]/.test(text) || text.length % 4 === 1)
    throw new RangeError('The string to be decoded is not correctly encoded')
  let decoded = ''
  let bits = 0
  let held = 0
  for (const character of text) {
    bits = ((bits << 6) | ALPHABET.indexOf(character)) & 0xffffff
    held += 6
    if (held >= 8) {
      held -= 8
      decoded += String.fromCharCode((bits >> held) & 255)
    }
  }
  return decoded
}
