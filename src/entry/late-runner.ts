import { runAllowance } from '../../workers/run-code/index.ts'
import { asHubError } from '../model/errors.ts'
import type { CodeRunner } from '../ports/code-runner.ts'
import type { Logger } from '../ports/logger.ts'

/** The start has the processor to itself meanwhile. */
const OPEN_AFTER_MS = 1_500

/**
 * Opens the code runner a moment after the start, or with the first program: trying the walls starts processes,
 * which nobody but that program has to wait for.
 */
export function openLater(open: () => Promise<CodeRunner>, log: Logger): CodeRunner {
  let opening: Promise<CodeRunner> | undefined
  let containment: CodeRunner['containment'] = 'none'
  const opened = (): Promise<CodeRunner> => {
    clearTimeout(timer)
    opening ??= open().then((runner) => {
      containment = runner.containment
      return runner
    })
    return opening
  }
  const timer = setTimeout(() => {
    opened().catch((error: unknown) =>
      log.error({ err: asHubError(error) }, 'the code runner could not be opened'),
    )
  }, OPEN_AFTER_MS)
  return {
    get containment() {
      return containment
    },
    allowance: (language) => runAllowance(language),
    run: async (request, signal) => await (await opened()).run(request, signal),
    async close() {
      clearTimeout(timer)
      const runner = await opening?.catch(() => undefined)
      await runner?.close()
    },
  }
}
