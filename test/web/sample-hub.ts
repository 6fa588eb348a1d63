import { v7 } from 'uuid'
import type { Database } from '../../src/db/database.ts'
import { attachments, conversations, decisions, messages } from '../../src/db/schema/conversation.ts'
import { usage } from '../../src/db/schema/operation.ts'
import { channels, connections, people, workspaces } from '../../src/db/schema/tenancy.ts'
import { answerParts, answers, runs, turns } from '../../src/db/schema/work.ts'
import {
  type ChannelId,
  type ConnectionId,
  type ConversationId,
  externalId,
  type PartId,
  type PersonId,
  type TurnId,
  type WorkspaceId,
} from '../../src/model/ids.ts'
import type { RunResult } from '../../src/ports/code-runner.ts'
import type { TurnState } from '../../src/ports/conversation-records.ts'

interface Place {
  readonly workspaceId: WorkspaceId
  readonly channelId: ChannelId
}

export interface SampleExchange {
  readonly conversationId: ConversationId
  readonly place: Place
  readonly personId: PersonId
  /** How long ago it came. */
  readonly agoMs: number
  readonly question: string
  readonly answer?: string
  readonly state?: TurnState
  readonly model?: string
  readonly voice?: { readonly transcript: string; readonly doubtful?: boolean }
  readonly run?: { readonly language: string; readonly source: string; readonly result: RunResult }
  readonly error?: { readonly code: string; readonly message: string }
}

const target = { channel: externalId('c') }

export type SampleHub = ReturnType<typeof sampleHub>

/** Writes what hubs hold after some use, as ingest and the workers leave it. */
export function sampleHub(db: Database) {
  let serial = 0
  const external = () => {
    serial += 1
    return externalId(`x${serial}`)
  }
  const one = <Row>(rows: readonly Row[]): Row => {
    const [row] = rows
    if (row === undefined) throw new Error('nothing was written')
    return row
  }

  return {
    async connection(platform: string, name: string): Promise<ConnectionId> {
      const values = {
        platform,
        name,
        slug: platform,
        source: 'admin',
        credentials: '',
        account: `@${name}`,
      } as const
      return one(
        await db
          .insert(connections)
          .values({ ...values, state: 'connected' })
          .returning({ id: connections.id }),
      ).id
    },

    async workspace(connectionId: ConnectionId, name: string): Promise<WorkspaceId> {
      const values = { connectionId, name, externalId: external() }
      return one(await db.insert(workspaces).values(values).returning({ id: workspaces.id })).id
    },

    async channel(connectionId: ConnectionId, workspaceId: WorkspaceId, name: string | null): Promise<Place> {
      const kind = name === null ? 'direct' : 'group'
      const values = { connectionId, workspaceId, name, kind, externalId: external() } as const
      const { id } = one(await db.insert(channels).values(values).returning({ id: channels.id }))
      return { workspaceId, channelId: id }
    },

    async person(connectionId: ConnectionId, name: string): Promise<PersonId> {
      const values = { connectionId, name, externalId: external() }
      return one(await db.insert(people).values(values).returning({ id: people.id })).id
    },

    async conversation({ workspaceId, channelId }: Place): Promise<ConversationId> {
      const values = { workspaceId, channelId, key: external() }
      return one(await db.insert(conversations).values(values).returning({ id: conversations.id })).id
    },

    /** One line of use, on a day of the past. */
    async use(
      { workspaceId, channelId }: Place,
      personId: PersonId,
      values: Partial<typeof usage.$inferInsert> & Pick<typeof usage.$inferInsert, 'kind' | 'at'>,
    ): Promise<void> {
      await db.insert(usage).values({ workspaceId, channelId, personId, durationMs: 2000, ...values })
    },

    async exchange(sample: SampleExchange) {
      const { conversationId, place, personId, question, answer, model = 'llama-70b' } = sample
      const { workspaceId, channelId } = place
      const { state = 'done', voice, run, error } = sample
      const received = Date.now() - sample.agoMs
      const at = (ms: number) => new Date(received + ms)
      const { id: messageId } = one(
        await db
          .insert(messages)
          .values({
            ...{ workspaceId, channelId, conversationId, personId, target },
            externalId: external(),
            text: question,
            at: at(0),
            receivedAt: at(0),
          })
          .returning({ id: messages.id }),
      )
      const decide = async (code: string, ms: number, detail: Record<string, string | number> = {}) => {
        await db.insert(decisions).values({ workspaceId, messageId, code, detail, at: at(ms) })
      }
      await decide('received', 0)
      await decide('addressed', 2, { how: 'mention' })
      const first = voice ? 'transcribe' : run ? 'run' : 'reply'
      await decide('queued', 4, { step: first, ahead: 0 })
      const ended = !['ready', 'working'].includes(state)
      const { id: turnId } = one(
        await db
          .insert(turns)
          .values({
            ...{ workspaceId, conversationId, messageId, state },
            id: v7({ msecs: received }) as TurnId,
            step: run ? 'run' : 'reply',
            errorCode: error?.code ?? null,
            errorMessage: error?.message ?? null,
            attempts: error ? 3 : 0,
            createdAt: at(4),
            startedAt: state === 'ready' ? null : at(180),
            finishedAt: ended ? at(5400) : null,
          })
          .returning({ id: turns.id }),
      )
      if (state !== 'ready') await decide('started', 180, { step: first, worker: 'a1b2c3d4' })
      if (voice) {
        await db.insert(attachments).values({
          ...{ workspaceId, messageId, position: 0, kind: 'voice', name: 'voice.ogg', reference: {} },
          ...{ durationMs: 7400, sizeBytes: 31_744, transcript: voice.transcript, language: 'pt' },
          transcriptDoubtful: voice.doubtful ?? false,
        })
        const call = { kind: 'speech', serverName: 'whisper', model: 'whisper-large-v3' } as const
        await db.insert(usage).values({
          ...{ workspaceId, channelId, personId, turnId, ...call },
          ...{ audioMs: 7400, durationMs: 1100, at: at(1400) },
        })
        await decide('transcribed', 1400)
      }
      let runId: (typeof runs.$inferSelect)['id'] | undefined
      if (run) {
        const values = { workspaceId, turnId, createdAt: at(4), ...run }
        runId = one(await db.insert(runs).values(values).returning({ id: runs.id })).id
        await db.insert(usage).values({
          ...{ workspaceId, channelId, personId, turnId, kind: 'run' },
          ...{ durationMs: Math.round(run.result.wallMs), at: at(400 + run.result.wallMs) },
        })
      }
      if (answer !== undefined) {
        const { id: answerId } = one(
          await db
            .insert(answers)
            .values({
              ...{ workspaceId, channelId, conversationId, messageId, turnId, target, text: answer },
              state: ended ? 'delivered' : 'growing',
              model: run ? null : model,
              createdAt: at(200),
              deliveredAt: ended ? at(5300) : null,
            })
            .returning({ id: answers.id }),
        )
        await db.insert(answerParts).values({
          ...{ answerId, channelId, position: 0, kind: 'text', key: `k${serial}`, externalId: external() },
          id: v7({ msecs: received + 2150 }) as PartId,
          version: 4,
        })
        if (!run) {
          await decide('model', 1450, { model, server: 'gpu-1' })
          await db.insert(usage).values({
            ...{ workspaceId, channelId, personId, turnId, kind: 'reply', serverName: 'gpu-1', model },
            ...{
              promptTokens: 812,
              completionTokens: 164,
              firstTokenMs: 420,
              durationMs: 3600,
              at: at(5100),
            },
          })
        }
      }
      if (state === 'done') await decide('answered', 5400, { as: 'x', parts: 1 })
      if (state === 'failed') await decide('failed', 5400, { error: error?.code ?? 'unknown' })
      return { messageId, turnId, runId }
    },
  }
}
