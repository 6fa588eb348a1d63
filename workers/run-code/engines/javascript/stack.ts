/** A position in the text the person wrote; both count from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** From the text that ran to the text that was written; undefined for what was put around it. */
export type Locate = (position: Position) => Position | undefined

/** Files of the program: never a path, nor anything of the machinery, which is evaluated without a name. */
const FRAME = /^\s*at (?:(.*) \()?([\w-][\w.-]*\.[mc]?[jt]sx?):(\d+):(\d+)\)?$/

export const SOURCE_NAME = { javascript: 'main.js', typescript: 'main.ts' } as const

const isMain = (file: string): boolean => file === SOURCE_NAME.javascript || file === SOURCE_NAME.typescript

/** A module's first line stands behind the head of the function around it. */
const MODULE_HEAD = '(function(exports,require,module){'.length

const inModule = ({ line, column }: Position): Position => ({
  line,
  column: line === 1 ? Math.max(1, column - MODULE_HEAD) : column,
})

interface Frame extends Position {
  readonly text: string
  /** Not in one of the files beside the program. */
  readonly isMain: boolean
}

/** The frames in the person's own file; everything below or around it is the machinery. */
export function ownFrames(stack: string, locate: Locate): Frame[] {
  const frames: Frame[] = []
  for (const line of stack.split('\n')) {
    const match = FRAME.exec(line)
    if (match === null) continue
    const file = match[2] ?? ''
    const seen = { line: Number(match[3]), column: Number(match[4]) }
    const at = isMain(file) ? locate(seen) : inModule(seen)
    if (at === undefined) continue
    const name = match[1] === 'eval' || match[1] === undefined ? '' : match[1]
    const place = `${file}:${at.line}:${at.column}`
    frames.push({
      ...at,
      isMain: isMain(file),
      text: name === '' ? `    at ${place}` : `    at ${name} (${place})`,
    })
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
