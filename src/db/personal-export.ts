import { sql } from 'drizzle-orm'
import type { PersonId } from '../model/ids.ts'
import type { Transaction } from './database.ts'

const MAX_MESSAGES = 10_000

/** All that is kept of what a person said and was answered, as JSON; of more than ten thousand messages the newest. */
export async function exportPerson(tx: Transaction, personId: PersonId): Promise<string> {
  const { rows } = await tx.execute<{ whole: unknown }>(sql`
    select jsonb_build_object(
      'name', p.name, 'id', p.external_id, 'language', p.language, 'knownSince', p.created_at, 'pausedAt', p.paused_at,
      'settings', (select s.values from settings s where s.scope = 'person' and s.scope_id = p.id::text),
      'messages', coalesce((
        select jsonb_agg(jsonb_build_object(
          'at', m.at, 'channel', c.name, 'text', m.text, 'deletedAt', m.deleted_at,
          'attachments', (
            select jsonb_agg(jsonb_build_object(
              'kind', a.kind, 'name', a.name, 'bytes', a.size_bytes, 'transcript', a.transcript,
              'text', (select string_agg(x.text, E'\n' order by x.position) from passages x where x.attachment_id = a.id)
            ) order by a.position) from attachments a where a.message_id = m.id
          ),
          'answers', (
            select jsonb_agg(concat_ws(E'\n\n', nullif(n.preface, ''), nullif(n.text, ''), nullif(n.notice, '')))
            from answers n where n.message_id = m.id or n.turn_id in (select t.id from turns t where t.message_id = m.id)
          ),
          'program', (select r.source from runs r join turns t on t.id = r.turn_id where t.message_id = m.id limit 1)
        ) order by m.at)
        from (
          select * from messages where person_id = p.id order by received_at desc limit ${MAX_MESSAGES}
        ) m join channels c on c.id = m.channel_id
      ), '[]'::jsonb),
      'judgements', (select jsonb_agg(jsonb_build_object('at', f.at, 'value', f.value)) from feedback f where f.person_id = p.id),
      'use', (
        select jsonb_build_object('calls', count(*), 'promptTokens', sum(u.prompt_tokens),
          'completionTokens', sum(u.completion_tokens), 'speechMs', sum(u.audio_ms))
        from usage u where u.person_id = p.id
      )
    ) as whole from people p where p.id = ${personId}`)
  return JSON.stringify(rows[0]?.whole ?? {}, null, 2)
}
