import { and, desc, eq, isNull, lte, sql } from 'drizzle-orm'
import type { AttachmentId } from '../model/ids.ts'
import type { ClaimedTurn } from '../model/work.ts'
import type { DocumentStore, FoundPassage, FoundPassages } from '../ports/document-store.ts'
import type { Database } from './database.ts'
import { assertLease } from './lease.ts'
import { attachments, conversations, messages, passages, pictures } from './schema/conversation.ts'
import { turns } from './schema/work.ts'
import { storable, storableValue } from './storable.ts'

const ROWS_AT_ONCE = 200
/** Words of a question that are searched for. */
const QUERY_CHARACTERS = 2_000

export function createDocumentStore(db: Database): DocumentStore {
  return {
    async saveReading(lease, attachmentId, reading, { passages: list, picture }) {
      await db.transaction(async (tx) => {
        await assertLease(tx, lease)
        await tx.delete(passages).where(eq(passages.attachmentId, attachmentId))
        for (let start = 0; start < list.length; start += ROWS_AT_ONCE) {
          const rows = list.slice(start, start + ROWS_AT_ONCE).map(({ unit, name, text }, index) => ({
            attachmentId,
            position: start + index,
            unit,
            name: storable(name),
            text: storable(text),
          }))
          await tx.insert(passages).values(rows)
        }
        await tx.delete(pictures).where(eq(pictures.attachmentId, attachmentId))
        if (picture) await tx.insert(pictures).values({ attachmentId, ...picture })
        await tx
          .update(attachments)
          .set({ reading: storableValue(reading) })
          .where(eq(attachments.id, attachmentId))
      })
    },
    pictures: (turn, limit) => findPictures(db, turn, limit),
    find: (turn, { query, maxCharacters }) => findPassages(db, turn, query, maxCharacters),
  }
}

interface Row extends Record<string, unknown> {
  readonly attachment_id: AttachmentId
  readonly position: number
  readonly file: string
  readonly unit: FoundPassage['unit']
  readonly name: string
  readonly text: string
  readonly total: string
}

/**
 * `place` is a passage's rank in the choice: all of a small collection come in their order; of a large one first
 * each file's beginning, then what matches best, then every so-manieth of the rest.
 */
async function findPassages(
  db: Database,
  turn: ClaimedTurn,
  query: string,
  maxCharacters: number,
): Promise<FoundPassages> {
  const words = storable(query.slice(0, QUERY_CHARACTERS))
  const { rows } = await db.execute<Row>(sql`
    with given as (
      select a.id, a.name, row_number() over (order by t.seq, a.position) as place
      from turns t
      join conversations c on c.id = t.conversation_id
      join messages m on m.id = t.message_id
      join attachments a on a.message_id = m.id
      where t.conversation_id = ${turn.conversationId} and t.seq <= ${turn.seq}
        and t.seq > c.context_after_seq and m.deleted_at is null and a.reading is not null
    ), question as (
      select replace(plainto_tsquery('simple', ${words})::text, ' & ', ' | ')::tsquery
        || replace(plainto_tsquery('english', ${words})::text, ' & ', ' | ')::tsquery
        || replace(plainto_tsquery('portuguese', ${words})::text, ' & ', ' | ')::tsquery as words
    ), ranked as (
      select p.*, g.name as file, g.place as file_place, length(p.text) as size,
        ts_rank_cd(p.search, q.words, 1) as rank,
        count(*) over () as total, sum(length(p.text)) over () as characters,
        row_number() over (order by g.place, p.position) as number
      from given g join passages p on p.attachment_id = g.id cross join question q
    ), chosen as (
      select r.*, sum(size) over (
        order by
          case when characters <= ${maxCharacters} then 0 else (position > 0)::int end,
          case when characters <= ${maxCharacters} then 0 else -rank end,
          case when characters <= ${maxCharacters} then 0 else number % greatest(1, (characters / ${maxCharacters})::int) end,
          number
        rows unbounded preceding
      ) as used
      from ranked r
    )
    select attachment_id, position, file, unit, name, text, total from chosen
    where used <= ${maxCharacters}
    order by file_place, position`)
  return {
    total: Number(rows[0]?.total ?? 0),
    passages: rows.map(({ attachment_id: attachmentId, position, file, unit, name, text }) => ({
      attachmentId,
      position,
      file,
      unit,
      name,
      text,
    })),
  }
}

async function findPictures(db: Database, turn: ClaimedTurn, limit: number) {
  const rows = await db
    .select({
      file: attachments.name,
      messageId: attachments.messageId,
      mimeType: pictures.mimeType,
      width: pictures.width,
      height: pictures.height,
      data: pictures.data,
    })
    .from(pictures)
    .innerJoin(attachments, eq(attachments.id, pictures.attachmentId))
    .innerJoin(messages, eq(messages.id, attachments.messageId))
    .innerJoin(turns, eq(turns.messageId, messages.id))
    .innerJoin(conversations, eq(conversations.id, turns.conversationId))
    .where(
      and(
        eq(turns.conversationId, turn.conversationId),
        lte(turns.seq, turn.seq),
        sql`${turns.seq} > ${conversations.contextAfterSeq}`,
        isNull(messages.deletedAt),
      ),
    )
    .orderBy(desc(turns.seq), desc(attachments.position))
    .limit(limit)
  return rows
    .reverse()
    .map(({ messageId, ...picture }) => ({ ...picture, here: messageId === turn.messageId }))
}
