/** A position in the text the person wrote; both count from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** From the text that ran to the text that was written; undefined for what was put around it. */
export type Locate = (position: Position) => Position | undefined

const FRAME = /^\s*at (?:(.*) \()?main\.[jt]s:(\d+):(\d+)\)?$/

export const SOURCE_NAME = { javascript: 'main.js', typescript: 'main.ts' } as const

interface Frame extends Position {
  readonly text: string
}

/** The frames in the person's own file; everything below or around it is the machinery. */
export function ownFrames(stack: string, locate: Locate): Frame[] {
  const file = /\(?(main\.[jt]s):\d+:\d+\)?/.exec(stack)?.[1] ?? 'main.js'
  const frames: Frame[] = []
  for (const line of stack.split('\n')) {
    const match = FRAME.exec(line)
    if (match === null) continue
    const at = locate({ line: Number(match[2]), column: Number(match[3]) })
    if (at === undefined) continue
    const name = match[1] === 'eval' || match[1] === undefined ? '' : match[1]
    const place = `${file}:${at.line}:${at.column}`
    frames.push({ ...at, text: name === '' ? `    at ${place}` : `    at ${name} (${place})` })
  }
  return frames
}

export function stackHeader(stack: string): string {
  const end = stack.search(/\n\s+at /)
  return end < 0 ? stack : stack.slice(0, end)
}

export function cutStack(stack: string, locate: Locate): string {
  return [stackHeader(stack), ...ownFrames(stack, locate).map((frame) => frame.text)].join('\n')
}
