import { startTestDatabase } from '../support/postgres.ts'
import { startWebOn } from './web-on.ts'

export { bearer, OWNER, SECRETS, type TestWeb } from './web-on.ts'

type Options = Parameters<typeof startWebOn>

/** The web room on a database of this test file's own. */
export async function startTestWeb(change: Options[1] = {}, options: Options[2] = {}) {
  return startWebOn(await startTestDatabase(), change, options)
}
