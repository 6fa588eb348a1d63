import { type SQL, sql } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import type pg from 'pg'
import type { MessageId, PersonId } from '../model/ids.ts'
import type { Forgotten } from '../ports/ingest-store.ts'
import type { Transaction } from './database.ts'
import { withdrawAnswers } from './withdrawal.ts'

interface Executor {
  execute(statement: SQL): PromiseLike<{ readonly rowCount: number | null }>
}

/**
 * What a person said leaves the database, and what was answered to it; that there were messages, when and how large,
 * stays for the books. `except`: the message that asks for it.
 */
export async function forgetPerson(
  tx: Transaction,
  personId: PersonId,
  except: MessageId,
): Promise<Forgotten> {
  const open = await tx.execute<{ id: MessageId }>(sql`
    select m.id from messages m join turns t on t.message_id = m.id
    where m.person_id = ${personId} and t.state in ('ready', 'working') and t.merged_into is null`)
  for (const { id } of open.rows) await withdrawAnswers(tx, id)
  const counts = await wipe(tx, personId, new Date(), except)
  return { ...counts, queue: open.rows.length }
}

/** What was forgotten after a backup was made is forgotten again in what was restored from it. */
export async function forgetInRestored(client: pg.ClientBase, personId: PersonId, at: Date): Promise<void> {
  const dialect = new PgDialect()
  const db: Executor = {
    execute(statement) {
      const { sql: text, params } = dialect.sqlToQuery(statement)
      return client.query(text, params)
    },
  }
  await wipe(db, personId, at)
  await db.execute(sql`
    update turns set state = 'cancelled', finished_at = now(), not_before = null
    where state in ('ready', 'working') and message_id in (
      select id from messages where person_id = ${personId} and received_at <= ${at.toISOString()}::timestamptz
    )`)
}

async function wipe(
  tx: Executor,
  personId: PersonId,
  until: Date,
  except?: MessageId,
): Promise<Omit<Forgotten, 'queue'>> {
  const theirs = sql`select m.id from messages m where m.person_id = ${personId}
    and m.received_at <= ${until.toISOString()}::timestamptz and m.id is distinct from ${except ?? null}::uuid`
  const theirTurns = sql`select t.id from turns t where t.message_id in (${theirs})`
  const theirFiles = sql`select a.id from attachments a where a.message_id in (${theirs})`
  const count = async (statement: SQL): Promise<number> => (await tx.execute(statement)).rowCount ?? 0

  const transcripts = await count(
    sql`update attachments set transcript = null, heard = null where message_id in (${theirs}) and (transcript is not null or heard is not null)`,
  )
  const files = await count(
    sql`update attachments set name = '', reference = '{}'::jsonb, reading = null where message_id in (${theirs}) and name <> ''`,
  )
  const passages = await count(sql`delete from passages where attachment_id in (${theirFiles})`)
  const pictures = await count(sql`delete from pictures where attachment_id in (${theirFiles})`)
  await tx.execute(
    sql`update answer_parts set file_name = null, file_type = null, file_data = null where answer_id in (
      select id from answers where turn_id in (${theirTurns}) or message_id in (${theirs}))`,
  )
  const answers = await count(
    sql`update answers set state = 'retracted', preface = '', text = '', notice = '', controls = '[]'::jsonb,
      attempts = 0, not_before = null
      where turn_id in (${theirTurns}) or message_id in (${theirs})`,
  )
  const runs = await count(
    sql`update runs set source = '', stdin = null, args = null, files = null, attached = null, result = null
      where turn_id in (${theirTurns})`,
  )
  await tx.execute(sql`delete from tool_calls where turn_id in (${theirTurns})`)
  await tx.execute(sql`delete from feedback where person_id = ${personId}`)
  await tx.execute(sql`delete from settings where scope = 'person' and scope_id = ${personId}`)
  await tx.execute(sql`update people set name = '–', language = null where id = ${personId}`)
  const messages = await count(
    sql`update messages set text = null, quoted = null, deleted_at = coalesce(deleted_at, now())
      where id in (${theirs}) and (text is not null or quoted is not null)`,
  )
  return { messages, files, passages, pictures, transcripts, answers, runs }
}
