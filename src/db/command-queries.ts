import { and, asc, desc, eq, gte, inArray, isNull, ne, type SQL, sql } from 'drizzle-orm'
import { ownSettingsSchema } from '../model/settings.ts'
import type { IngestTransaction, TurnSummary, UsageTotals } from '../ports/ingest-store.ts'
import { budgetsFor, standingsOf } from './budget-accounts.ts'
import type { Transaction } from './database.ts'
import { heardIn, settleTranscript } from './heard.ts'
import type { Intake } from './intake-queries.ts'
import { answerBehind, judge } from './pressed-answer.ts'
import { redoTurn, reopenTurn } from './redo.ts'
import { conversations, decisions, messages } from './schema/conversation.ts'
import { modelAliases, modelServers, models, usage } from './schema/operation.ts'
import { settings } from './schema/tenancy.ts'
import { answerParts, answers, turns } from './schema/work.ts'
import { storedRun } from './stored-run.ts'

export interface CommandOptions {
  /** ISO 4217. */
  readonly currency: string
  /** The models and aliases that may be chosen in chats; absent: all. */
  readonly chatModels?: readonly string[]
}

type Commands = Omit<
  IngestTransaction,
  keyof Intake | 'makeSignInLink' | 'exportPerson' | 'forgetPerson' | 'pausePerson'
>

const SUMMARY = {
  id: turns.id,
  messageId: turns.messageId,
  conversationId: turns.conversationId,
  state: turns.state,
}

export function commandQueries(tx: Transaction, options: CommandOptions): Commands {
  const newest = async (where: SQL | undefined): Promise<TurnSummary | undefined> => {
    const [row] = await tx
      .select(SUMMARY)
      .from(turns)
      .innerJoin(messages, eq(messages.id, turns.messageId))
      .where(where)
      .orderBy(desc(turns.seq))
      .limit(1)
    return row
  }

  return {
    async messageBehind(channelId, externalId) {
      const [part] = await tx
        .select({ id: answers.messageId })
        .from(answerParts)
        .innerJoin(answers, eq(answers.id, answerParts.answerId))
        .where(and(eq(answerParts.channelId, channelId), eq(answerParts.externalId, externalId)))
        .limit(1)
      if (part?.id) return part.id
      const [message] = await tx
        .select({ id: messages.id })
        .from(messages)
        .where(and(eq(messages.channelId, channelId), eq(messages.externalId, externalId)))
      return message?.id
    },

    async latestMessage({ channelId, personId }, except) {
      const [row] = await tx
        .select({ id: messages.id })
        .from(messages)
        .where(
          and(eq(messages.channelId, channelId), eq(messages.personId, personId), ne(messages.id, except)),
        )
        .orderBy(desc(messages.receivedAt))
        .limit(1)
      return row?.id
    },

    async answerOf(turnId) {
      const [row] = await tx.select({ id: answers.id }).from(answers).where(eq(answers.turnId, turnId))
      return row?.id
    },

    async othersJoined(turnId) {
      const [other] = await tx
        .select({ id: turns.id })
        .from(turns)
        .innerJoin(messages, eq(messages.id, turns.messageId))
        .where(and(eq(turns.mergedInto, turnId), isNull(messages.deletedAt)))
        .limit(1)
      return other !== undefined
    },

    turnOf: (messageId) =>
      newest(
        sql`${turns.id} in (select coalesce(t.merged_into, t.id) from turns t where t.message_id = ${messageId})`,
      ),
    newestTurn: (conversationId) => newest(eq(turns.conversationId, conversationId)),
    newestTurnOf: ({ channelId, personId }) =>
      newest(and(eq(messages.channelId, channelId), eq(messages.personId, personId))),

    async turnOfAnswer(answerId) {
      const [row] = await tx
        .select(SUMMARY)
        .from(turns)
        .innerJoin(answers, eq(answers.turnId, turns.id))
        .where(eq(answers.id, answerId))
      return row
    },

    async decisionsOn(messageId) {
      const rows = await tx
        .select({ code: decisions.code, detail: decisions.detail, at: decisions.at })
        .from(decisions)
        .where(eq(decisions.messageId, messageId))
        .orderBy(asc(decisions.seq))
      return rows
    },

    async requestStop(turnId, by) {
      const [ended] = await tx
        .update(turns)
        .set({
          state: 'stopped',
          finishedAt: sql`now()`,
          stopRequestedAt: sql`now()`,
          stopRequestedBy: by ?? null,
        })
        .where(
          and(
            eq(turns.id, turnId),
            eq(turns.state, 'ready'),
            sql`not exists (select 1 from ${answers} where ${answers.turnId} = ${turns.id})`,
          ),
        )
        .returning({ id: turns.id })
      if (ended) return true
      const [asked] = await tx
        .update(turns)
        .set({
          stopRequestedAt: sql`coalesce(stop_requested_at, now())`,
          stopRequestedBy: sql`coalesce(stop_requested_by, ${by ?? null}::uuid)`,
        })
        .where(and(eq(turns.id, turnId), inArray(turns.state, ['ready', 'working'])))
        .returning({ id: turns.id })
      return asked !== undefined
    },

    redo: (turnId) => reopenTurn(tx, turnId),
    answerBehind: (channelId, by) => answerBehind(tx, channelId, by),
    judge: (answerId, personId, value, options) => judge(tx, answerId, personId, value, options),
    redoTurn: (turnId, code) => redoTurn(tx, turnId, code),

    async hasLaterTurns({ id, conversationId }) {
      const [later] = await tx
        .select({ id: turns.id })
        .from(turns)
        .where(
          and(
            eq(turns.conversationId, conversationId),
            ne(turns.state, 'cancelled'),
            sql`${turns.seq} > (select t.seq from turns t where t.id = ${id})`,
          ),
        )
        .limit(1)
      return later !== undefined
    },

    heardIn: (turnId) => heardIn(tx, turnId),
    settleTranscript: (turnId, words, quote) => settleTranscript(tx, turnId, words, quote),

    codeOf: async (turnId) => (await storedRun(tx, turnId))?.code,

    async resetContext(conversationId) {
      await tx
        .update(conversations)
        .set({
          resetAt: sql`now()`,
          contextAfterSeq: sql`(select coalesce(max(seq), 0) from turns where conversation_id = ${conversationId})`,
        })
        .where(eq(conversations.id, conversationId))
    },

    async ownSettings(scope, id) {
      const [row] = await tx
        .select({ values: settings.values })
        .from(settings)
        .where(and(eq(settings.scope, scope), eq(settings.scopeId, id)))
        .for('update')
      return ownSettingsSchema.parse(row?.values ?? {})
    },

    async writeSettings(scope, id, workspaceId, values, by) {
      const change = { values, updatedAt: sql`now()`, updatedBy: by }
      await tx
        .insert(settings)
        .values({ scope, scopeId: id, workspaceId: workspaceId ?? null, values, updatedBy: by })
        .onConflictDoUpdate({ target: [settings.scope, settings.scopeId], set: change })
    },

    async listedModels() {
      const rows = await tx
        .selectDistinct({ name: models.name })
        .from(models)
        .innerJoin(modelServers, eq(modelServers.id, models.serverId))
        .where(eq(modelServers.purpose, 'chat'))
        .orderBy(asc(models.name))
      const aliases = await tx
        .select({ name: modelAliases.name })
        .from(modelAliases)
        .orderBy(asc(modelAliases.name))
      const names = [...aliases, ...rows].map(({ name }) => name)
      return options.chatModels ? names.filter((name) => options.chatModels?.includes(name)) : names
    },

    async usageToday({ workspaceId, personId }) {
      const today = gte(usage.at, sql`date_trunc('day', now())`)
      const totals = async (where: SQL | undefined): Promise<UsageTotals> => {
        const [row] = await tx
          .select({
            replies: sql<number>`count(*) filter (where kind = 'reply' and outcome = 'ok')::int`,
            promptTokens: sql<number>`coalesce(sum(prompt_tokens), 0)::int`,
            completionTokens: sql<number>`coalesce(sum(completion_tokens), 0)::int`,
            runs: sql<number>`count(*) filter (where kind = 'run')::int`,
            audioMs: sql<number>`coalesce(sum(audio_ms), 0)::int`,
            costMicros: sql<number>`coalesce(sum(cost_micros), 0)::float8`,
          })
          .from(usage)
          .where(where)
        return row ?? { replies: 0, promptTokens: 0, completionTokens: 0, runs: 0, audioMs: 0, costMicros: 0 }
      }
      return {
        own: await totals(and(today, eq(usage.workspaceId, workspaceId), eq(usage.personId, personId))),
        workspace: await totals(and(today, eq(usage.workspaceId, workspaceId))),
        currency: options.currency,
      }
    },

    async budgets(place) {
      const rows = await budgetsFor(tx, place)
      return await standingsOf(tx, rows, new Date())
    },
  }
}
