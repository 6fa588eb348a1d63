import { eq } from 'drizzle-orm'
import { RUN_LANGUAGES } from '../model/command.ts'
import type { RunId, TurnId } from '../model/ids.ts'
import type { CodeToRun } from '../model/work.ts'
import type { RunResult } from '../ports/code-runner.ts'
import type { Database, Transaction } from './database.ts'
import { runs } from './schema/work.ts'

/** The program of a turn, with its result once it has run. */
export async function storedRun(
  db: Database | Transaction,
  turnId: TurnId,
): Promise<{ id: RunId; code: CodeToRun; result: RunResult | undefined } | undefined> {
  const [row] = await db.select().from(runs).where(eq(runs.turnId, turnId))
  const language = RUN_LANGUAGES.find((name) => name === row?.language)
  if (!row || !language) return undefined
  const { source, stdin, args, files, attached } = row
  const code = {
    language,
    source,
    ...(stdin === null ? {} : { stdin }),
    ...(args === null ? {} : { args }),
    ...(files === null ? {} : { files }),
    ...(attached === null ? {} : { attached }),
  }
  return { id: row.id, code, result: row.result ?? undefined }
}
