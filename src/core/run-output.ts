/** The escape sequences of terminals: colours, cursor, titles. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these sequences begin with one.
const TERMINAL = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[ -/]*[0-~])/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g
/** Controls of a second kind, and characters that turn the direction of the text around them, or end its line. */
const TURNING =
  /[\u0080-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one.
const COLOUR = /\u001b\[([\d;:]*)m/g
/** One character for the two that escape sequences begin with. */
const SHORT_INTRODUCER = '\u009b'

/** Text that a chat shows as it is: nothing in it steers a terminal, turns the line around or hides. */
export function harmless(text: string): string {
  return text
    .replaceAll(SHORT_INTRODUCER, '\u001b[')
    .replace(TERMINAL, '')
    .replace(/\r\n?/g, '\n')
    .replace(CONTROL, (character) => {
      const code = character.charCodeAt(0)
      return code === 0x7f ? '␡' : String.fromCharCode(0x2400 + code)
    })
    .replace(
      TURNING,
      (character) => `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`,
    )
}

interface Look {
  readonly bold: boolean
  readonly underlined: boolean
  /** 30 to 37. */
  readonly text: number | undefined
  /** 40 to 47. */
  readonly ground: number | undefined
}

const PLAIN: Look = { bold: false, underlined: false, text: undefined, ground: undefined }
const RESET = '\u001b[0m'

/**
 * The same, with bold, underline and the eight colours kept as the escape sequences that chats with `ansi` fences
 * know; finer colours become the nearest of them. undefined: there is nothing of that kind.
 */
export function harmlessInColour(text: string): string | undefined {
  let result = ''
  let wanted = PLAIN
  let shown = PLAIN
  let isColoured = false
  // Splitting at a group keeps the parameters at the odd places.
  for (const [index, piece] of text.replaceAll(SHORT_INTRODUCER, '\u001b[').split(COLOUR).entries()) {
    if (index % 2 === 1) {
      wanted = changed(wanted, piece)
      continue
    }
    const plain = harmless(piece)
    if (plain === '') continue
    const codes = change(shown, wanted)
    isColoured ||= codes !== ''
    result += codes + plain
    shown = wanted
  }
  return isColoured ? result : undefined
}

/** Ends an escape sequence that was cut, and the colours that were. */
export function closeColours(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one.
  const whole = text.replace(/\u001b(?:\[[\d;]*)?$/, '')
  const last = whole.lastIndexOf('\u001b')
  return last >= 0 && !whole.startsWith(RESET, last) ? whole + RESET : whole
}

function change(from: Look, to: Look): string {
  const isMore =
    (to.bold || !from.bold) &&
    (to.underlined || !from.underlined) &&
    (to.text !== undefined || from.text === undefined) &&
    (to.ground !== undefined || from.ground === undefined)
  const before = isMore ? from : PLAIN
  const codes = [
    to.bold && !before.bold ? 1 : undefined,
    to.underlined && !before.underlined ? 4 : undefined,
    to.text === before.text ? undefined : to.text,
    to.ground === before.ground ? undefined : to.ground,
  ].filter((code) => code !== undefined)
  return `${isMore ? '' : RESET}${codes.length === 0 ? '' : `\u001b[${codes.join(';')}m`}`
}

function changed(look: Look, parameters: string): Look {
  const codes = parameters.split(/[;:]/).map(Number)
  let next = look
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index] ?? 0
    if (code === 38 || code === 48) {
      const [colour, used] = fineColour(codes.slice(index + 1, index + 5))
      index += used
      if (colour !== undefined) next = { ...next, [code === 38 ? 'text' : 'ground']: code - 8 + colour }
    } else next = withCode(next, code)
  }
  return next
}

function withCode(look: Look, code: number): Look {
  if (code === 0) return PLAIN
  if (code === 1) return { ...look, bold: true }
  if (code === 22) return { ...look, bold: false }
  if (code === 4) return { ...look, underlined: true }
  if (code === 24) return { ...look, underlined: false }
  if (code === 39) return { ...look, text: undefined }
  if (code === 49) return { ...look, ground: undefined }
  if (code >= 30 && code <= 37) return { ...look, text: code }
  if (code >= 40 && code <= 47) return { ...look, ground: code }
  if (code >= 90 && code <= 97) return { ...look, text: code - 60 }
  if (code >= 100 && code <= 107) return { ...look, ground: code - 60 }
  return look
}

/** `5;n` of 256 colours, or `2;r;g;b`: the nearest of the eight, and how many parameters it took. */
function fineColour([kind, first = 0, second = 0, third = 0]: readonly number[]): [
  number | undefined,
  number,
] {
  if (kind === 2) return [nearest(first, second, third), 4]
  if (kind !== 5) return [undefined, 0]
  if (first < 16) return [first % 8, 2]
  if (first >= 232) return [first < 244 ? 0 : 7, 2]
  const cube = first - 16
  const level = (step: number): number => step * 51
  return [nearest(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)), 2]
}

const nearest = (red: number, green: number, blue: number): number =>
  (red > 127 ? 1 : 0) + (green > 127 ? 2 : 0) + (blue > 127 ? 4 : 0)
