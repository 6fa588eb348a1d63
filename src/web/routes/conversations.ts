import { z } from 'zod'
import type { ChannelId, ConversationId, MessageId, PersonId, TurnId, WorkspaceId } from '../../model/ids.ts'
import type { Language } from '../../model/settings.ts'
import type {
  ConversationPlace,
  ConversationSummary,
  Exchange,
  ShownAnswer,
} from '../../ports/conversation-records.ts'
import { decisionWords } from '../decision-words.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import type { App } from '../request.ts'
import { timelineOf } from '../timeline.ts'
import { linkTo, paged } from './pages-of-lists.ts'
import {
  conversationDetailShape,
  conversationFilterShape,
  conversationShape,
  exchangeShape,
} from './record-shapes.ts'
import { errorShape, idOf, pageQuery } from './shapes.ts'

export function addConversationRoutes(api: App, parts: WebParts): void {
  const { conversations } = parts

  api.get(
    '/conversations',
    {
      schema: {
        summary: 'Conversations, the latest first',
        description: `${paged}. With a filter a page may be short or empty and still have a next one.`,
        querystring: pageQuery<TurnId>().extend({
          workspace: idOf<WorkspaceId>().optional(),
          channel: idOf<ChannelId>().optional(),
          person: idOf<PersonId>().optional(),
          ...conversationFilterShape,
        }),
        response: { 200: z.array(conversationShape), '4xx': errorShape },
      },
    },
    async (request, reply) => {
      const { limit, after, workspace, channel, person, state, holds, search } = request.query
      const { items, next } = await conversations.list(
        {
          ...(workspace === undefined ? {} : { workspaceId: workspace }),
          ...(channel === undefined ? {} : { channelId: channel }),
          ...(person === undefined ? {} : { personId: person }),
          ...(state === undefined ? {} : { state }),
          ...(holds === undefined ? {} : { holds }),
          ...(search ? { search } : {}),
        },
        { limit, ...(after === undefined ? {} : { after }) },
      )
      linkTo(request, reply, next)
      return items.map(summaryAnswer)
    },
  )

  api.get(
    '/conversations/:id',
    {
      schema: {
        summary: 'One conversation as people saw it, each message with its reasons and its times',
        params: z.object({ id: idOf<ConversationId>() }),
        querystring: z.object({
          limit: z.coerce.number().int().min(1).max(100).default(50),
          before: idOf<MessageId>().optional().describe('The first `messageId` of the page shown'),
        }),
        response: { 200: conversationDetailShape, '4xx': errorShape },
      },
    },
    async (request) => {
      const { id } = request.params
      const { limit, before } = request.query
      const place = await conversations.find(id)
      if (place === undefined) throw new WebFault('not_found')
      const exchanges = await conversations.exchanges(id, {
        limit,
        ...(before === undefined ? {} : { before }),
      })
      return {
        ...placeAnswer(place),
        exchanges: exchanges.map((one) => exchangeAnswer(parts, one, request.language)),
      }
    },
  )

  api.get(
    '/messages/:id',
    {
      schema: {
        summary: 'One message and all that came of it',
        params: z.object({ id: idOf<MessageId>() }),
        response: { 200: exchangeShape, '4xx': errorShape },
      },
    },
    async (request) => {
      const exchange = await conversations.exchange(request.params.id)
      if (exchange === undefined) throw new WebFault('not_found')
      return exchangeAnswer(parts, exchange, request.language)
    },
  )
}

function placeAnswer(place: ConversationPlace) {
  const { id, workspaceId, workspaceName, platform, channelId, channelName, channelKind } = place
  return {
    id,
    workspace: { id: workspaceId, name: workspaceName },
    platform,
    channel: { id: channelId, name: channelName ?? null, kind: channelKind },
  }
}

function summaryAnswer(summary: ConversationSummary): z.infer<typeof conversationShape> {
  const { messageId, turnId, person, at, state, question, answer } = summary
  return {
    ...placeAnswer(summary),
    latest: {
      messageId,
      turnId,
      person,
      at: at.toISOString(),
      state,
      question: question ?? null,
      answer: answer ?? null,
    },
  }
}

function exchangeAnswer(
  { say }: Pick<WebParts, 'say'>,
  exchange: Exchange,
  language: Language,
): z.infer<typeof exchangeShape> {
  const { turn } = exchange
  const timeline = timelineOf(exchange)
  return {
    messageId: exchange.messageId,
    conversationId: exchange.conversationId ?? null,
    person: exchange.person,
    receivedAt: exchange.receivedAt.toISOString(),
    text: exchange.text ?? null,
    edited: exchange.edited,
    deleted: exchange.deleted,
    attachments: exchange.attachments.map((one) => ({
      ...one,
      sizeBytes: one.sizeBytes ?? null,
      durationMs: one.durationMs ?? null,
      transcript: one.transcript ?? null,
      language: one.language ?? null,
      reading: one.reading === undefined ? null : { kind: null, fault: null, ...one.reading },
    })),
    decisions: exchange.decisions.map((decision) => ({
      at: decision.at.toISOString(),
      code: decision.code,
      detail: { ...decision.detail },
      text: decisionWords(say, decision, language),
    })),
    turn: turn
      ? {
          id: turn.id,
          step: turn.step,
          state: turn.state,
          attempts: turn.attempts,
          error:
            turn.errorCode === undefined ? null : { code: turn.errorCode, message: turn.errorMessage ?? '' },
        }
      : null,
    runId: exchange.runId ?? null,
    answers: exchange.answers.map(answerAnswer),
    timeline: timeline
      ? {
          start: timeline.start.toISOString(),
          totalMs: timeline.totalMs,
          stages: timeline.stages.map((stage) => ({
            ...stage,
            model: stage.model ?? null,
            server: stage.server ?? null,
          })),
          moments: [...timeline.moments],
        }
      : null,
  }
}

function answerAnswer(answer: ShownAnswer) {
  const { id, state, preface, text, notice, model, round, messages, deliveredAt } = answer
  return {
    id,
    state,
    markdown: [preface, text, notice].filter((part) => part !== '').join('\n\n'),
    private: answer.private,
    model: model ?? null,
    round,
    messages,
    deliveredAt: deliveredAt?.toISOString() ?? null,
    feedback: answer.feedback.map((one) => ({ ...one, at: one.at.toISOString() })),
  }
}
