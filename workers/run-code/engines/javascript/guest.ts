import { cutValue, type Failure, type OpenGuest, plainObject } from '../../child/guest/guest.ts'
import { createWriter } from '../../child/guest/writer.ts'
import { describeSyntax, describeTexts, describeThrown } from './failure.ts'
import { installGlobals } from './globals.ts'
import { createInspector } from './inspect.ts'
import { type GuestLanguage, type Prepared, PrepareError, prepare } from './prepare.ts'
import type { Locate } from './stack.ts'
import { createTimers, Timeout } from './timers.ts'

export const open: OpenGuest = async (emit, leave, maxChars) => {
  // biome-ignore lint/security/noGlobalEval: this isolate exists to evaluate a stranger's text.
  const evaluate = globalThis.eval
  const { parse, stringify } = JSON
  const then = Promise.prototype.then
  const writer = createWriter(emit, maxChars)
  const timers = createTimers()
  let locate: Locate = (at) => at
  const inspector = createInspector((at) => locate(at))
  let settled = false
  let value: string | undefined
  let failure: Failure | undefined

  function exit(code: number): never {
    writer.flush()
    leave(code)
    throw new Error('exit')
  }

  function fail(thrown: unknown): void {
    try {
      failure ??= describeThrown(thrown, inspector, locate)
    } catch {
      failure ??= plainObject({
        name: 'Uncaught',
        message: 'a value that cannot be shown',
        stack: 'Uncaught',
      })
    }
  }

  function settle(result: unknown, isShown: boolean): void {
    settled = true
    if (!isShown || result === undefined || result instanceof Timeout) return
    try {
      value = cutValue(inspector.inspect(result))
    } catch {
      value = '[a value that cannot be shown]'
    }
  }

  function run(prepared: Prepared, language: GuestLanguage): void {
    let result: unknown
    try {
      result = evaluate(prepared.code)
    } catch (thrown) {
      const isParse = thrown instanceof SyntaxError && !/main\.[jt]s:\d/.test(String(thrown.stack))
      if (isParse) failure = describeSyntax(thrown.name, thrown.message, prepared.syntaxAt, language)
      else fail(thrown)
      return
    }
    if (!(result instanceof Promise)) {
      settle(result, prepared.hasValue)
      return
    }
    // A promise left as the last value does not hold the program open; an awaited one does.
    if (!prepared.isAsync) {
      settled = true
      if (prepared.hasValue) value = 'Promise { <pending> }'
    }
    then.call(
      result,
      (outcome: unknown) => {
        value = undefined
        settle(outcome, prepared.hasValue)
      },
      fail,
    )
  }

  return {
    start(language, source, stdin, args, files) {
      const chosen: GuestLanguage = language === 'typescript' ? 'typescript' : 'javascript'
      const modules = installGlobals({
        write: writer.write,
        exit,
        inspector,
        timers: timers.globals,
        stdin,
        args: parse(args),
        files: parse(files),
        evaluate,
      })
      try {
        const prepared = prepare(chosen, source, (name) => modules.resolve(name) !== undefined)
        locate = prepared.locate
        run(prepared, chosen)
      } catch (thrown) {
        if (thrown instanceof PrepareError)
          failure = describeSyntax(thrown.name, thrown.message, thrown.at, chosen)
        else fail(thrown)
      }
      writer.flush()
    },
    fire() {
      try {
        timers.fire()
      } catch (thrown) {
        fail(thrown)
      }
      writer.flush()
    },
    state() {
      writer.flush()
      if (failure !== undefined)
        return stringify(plainObject({ wait: null, reason: 'error', error: failure }))
      const wait = timers.wait()
      const reason = wait === null && !settled ? 'unsettled' : 'ok'
      return stringify(plainObject({ wait, reason, ...(value === undefined ? {} : { value }) }))
    },
    rejected(name, message, stack) {
      failure ??= describeTexts(name, message, stack, locate)
    },
  }
}
