import { type Failure, MAX_ERROR_TEXT, plainObject } from '../../child/guest/guest.ts'
import type { Inspector } from './inspect.ts'
import { cutStack, type Locate, ownFrames, type Position, SOURCE_NAME } from './stack.ts'

const MAX_TEXT = MAX_ERROR_TEXT

export function describeThrown(thrown: unknown, inspector: Inspector, locate: Locate): Failure {
  if (!(thrown instanceof Error)) {
    const message = inspector.inspect(thrown).slice(0, MAX_TEXT)
    return plainObject({ name: 'Uncaught', message, stack: `Uncaught ${message}` })
  }
  return describeTexts(textOf(thrown.name), textOf(thrown.message), textOf(thrown.stack), locate)
}

export function describeTexts(name: string, message: string, stack: string, locate: Locate): Failure {
  const frames = ownFrames(stack, locate)
  const { line } = frames.find(({ isMain }) => isMain) ?? {}
  return plainObject({
    name: name.slice(0, 256) || 'Error',
    message: message.slice(0, MAX_TEXT),
    stack: cutStack(stack === '' ? `${name}: ${message}` : stack, locate).slice(0, MAX_TEXT),
    ...(line === undefined ? {} : { line }),
  })
}

export function describeSyntax(
  name: string,
  message: string,
  at: Position | undefined,
  language: keyof typeof SOURCE_NAME,
): Failure {
  const place = at === undefined ? '' : `\n    at ${SOURCE_NAME[language]}:${at.line}:${at.column}`
  return plainObject({
    name,
    message: message.slice(0, MAX_TEXT),
    stack: `${name}: ${message.slice(0, MAX_TEXT)}${place}`,
    ...(at === undefined ? {} : { line: at.line }),
  })
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
