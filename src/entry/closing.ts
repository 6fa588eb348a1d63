import { asHubError } from '../model/errors.ts'
import type { Logger } from '../ports/logger.ts'

/** What was opened, closed in reverse order; one that fails does not keep the others open. */
export interface Closing {
  add(name: string, close: () => Promise<void>): void
  run(): Promise<void>
}

export function createClosing(log: Logger): Closing {
  const opened: { name: string; close: () => Promise<void> }[] = []
  return {
    add(name, close) {
      opened.push({ name, close })
    },
    async run() {
      for (const { name, close } of opened.splice(0).reverse()) {
        await close().catch((error: unknown) =>
          log.error({ err: asHubError(error), part: name }, 'a part could not be closed'),
        )
      }
    },
  }
}
