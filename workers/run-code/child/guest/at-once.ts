import {
  cutValue,
  type Failure,
  type Guest,
  type GuestState,
  MAX_ERROR_TEXT,
  plainObject,
  type SourceFile,
} from './guest.ts'
import type { Writer } from './writer.ts'

/** What a program came to that ran from beginning to end in one go. */
export interface Outcome {
  readonly reason?: 'ok' | 'memory' | 'unsettled'
  readonly value?: string | undefined
  readonly error?: Failure
}

/** A guest of a language without anything to wait for. */
export function runAtOnce(
  writer: Writer,
  run: (source: string, stdin: string, args: readonly string[], files: readonly SourceFile[]) => Outcome,
): Guest {
  const { stringify, parse } = JSON
  let state: GuestState = { wait: null, reason: 'unsettled' }
  return {
    start(_language, source, stdin, args, files) {
      const { reason = 'ok', value, error } = outcomeOf(() => run(source, stdin, parse(args), parse(files)))
      writer.flush()
      state = plainObject({
        wait: null,
        reason: error === undefined ? reason : 'error',
        ...(value === undefined ? {} : { value: cutValue(value) }),
        ...(error === undefined ? {} : { error: plainObject(cutFailure(error)) }),
      })
    },
    fire: () => undefined,
    state: () => stringify(state),
    rejected: () => undefined,
  }
}

/** The engine itself gave up, such as by running out of the stack. */
function outcomeOf(run: () => Outcome): Outcome {
  try {
    return run()
  } catch (thrown) {
    const name = thrown instanceof Error ? String(thrown.name) : 'Error'
    const message = thrown instanceof Error ? String(thrown.message) : String(thrown)
    return { error: { name, message, stack: `${name}: ${message}` } }
  }
}

function cutFailure({ name, message, stack, line }: Failure): Failure {
  return {
    name: name.slice(0, 256) || 'Error',
    message: message.slice(0, MAX_ERROR_TEXT),
    stack: stack.slice(0, MAX_ERROR_TEXT),
    ...(line === undefined || !Number.isInteger(line) || line < 1 ? {} : { line }),
  }
}
