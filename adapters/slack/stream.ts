import { HubError } from '../../src/model/errors.ts'
import { type ExternalId, externalId } from '../../src/model/ids.ts'
import type { Control } from '../../src/model/outbound.ts'
import type { CallBudget } from '../../src/ports/call-budget.ts'
import type { GrowRequest } from '../../src/ports/sender.ts'
import { actionsOf } from './blocks.ts'
import type { SpeakerFor } from './speakers.ts'
import { isDirect, type SlackTarget } from './target.ts'

/** Slack ends a stream five minutes after its start, without a word (python-slack-sdk#1859). */
const ROTATE_MS = 4 * 60_000
/** What one stream shows at most is 12,000 characters; what is longer goes on by edits. */
const MAX_STREAMED = 11_000
/** An app that may not stream is not asked again for every answer. */
const REST_MS = 10 * 60_000
const REMEMBERED = 1_000

/** Tiers 2 and 4, less a margin: what starts must be stopped, so the few starts are never overdrawn. */
const START_PACE = { burst: 6, perSecond: 14 / 60 }
const STOP_PACE = { burst: 8, perSecond: 18 / 60 }
const APPEND_PACE = { burst: 20, perSecond: 80 / 60 }

interface Live {
  readonly startedAt: number
  /** What Slack has, as it was sent. */
  sent: string
}

/** Answers that Slack itself shows growing. What this process does not know of, such as another's, goes on by edits. */
export interface Streams {
  /** undefined: not here, or not any more. */
  grow(target: SlackTarget, request: GrowRequest, signal: AbortSignal): Promise<ExternalId | undefined>
  isLive(id: ExternalId): boolean
  /** From then on the message can be edited. Resolves also where it has ended already. */
  stop(target: SlackTarget, id: ExternalId, controls: readonly Control[], signal: AbortSignal): Promise<void>
}

export function createStreams(parts: {
  readonly speakerFor: SpeakerFor
  readonly budget: CallBudget
}): Streams {
  const { speakerFor, budget } = parts
  const live = new Map<ExternalId, Live>()
  const restUntil = new Map<string | undefined, number>()

  const start = async (
    { team, channel, threadTs, user }: SlackTarget,
    { key, markdown, controls }: GrowRequest,
    signal: AbortSignal,
  ): Promise<ExternalId | undefined> => {
    // The button's block carries the key, by which an answer in doubt is found again.
    if (threadTs === undefined || controls.length === 0 || (restUntil.get(team) ?? 0) > Date.now())
      return undefined
    if (!isDirect(channel) && (user === undefined || team === undefined)) return undefined
    const { call } = await speakerFor(team, signal)
    const text = harmless(markdown)
    const request = {
      channel,
      thread_ts: threadTs,
      chunks: [
        { type: 'blocks' as const, blocks: [actionsOf(controls, key)] },
        { type: 'markdown_text' as const, text },
      ],
      ...(user !== undefined && team !== undefined
        ? { recipient_user_id: user, recipient_team_id: team }
        : {}),
    }
    const buckets = [{ name: `stream start ${team}`, pace: START_PACE, firm: true }] as const
    try {
      const { ts } = await budget.call([buckets[0]], { urgency: 'passing', of: key }, signal, () =>
        call('chat.startStream', signal, (client) => client.chat.startStream(request)),
      )
      if (ts === undefined) return undefined
      const id = externalId(ts)
      live.set(id, { startedAt: Date.now(), sent: text })
      const [oldest] = live.keys()
      if (live.size > REMEMBERED && oldest !== undefined) live.delete(oldest)
      return id
    } catch (error) {
      if (!(error instanceof HubError)) throw error
      if (error.code === 'platform_rejected') restUntil.set(team, Date.now() + REST_MS)
      // Edits have limits of their own.
      if (error.code === 'platform_rejected' || error.code === 'platform_rate_limited') return undefined
      throw error
    }
  }

  const append = async (
    { team, channel }: SlackTarget,
    id: ExternalId,
    markdown: string,
    signal: AbortSignal,
  ): Promise<ExternalId | undefined> => {
    const known = live.get(id)
    const text = harmless(markdown)
    if (!known || Date.now() - known.startedAt > ROTATE_MS || !text.startsWith(known.sent)) return undefined
    const more = text.slice(known.sent.length)
    if (more === '') return id
    const { call } = await speakerFor(team, signal)
    const request = { channel, ts: id, chunks: [{ type: 'markdown_text' as const, text: more }] }
    try {
      await budget.call(
        [{ name: `stream append ${team}`, pace: APPEND_PACE }],
        { urgency: 'passing', of: id },
        signal,
        () => call('chat.appendStream', signal, (client) => client.chat.appendStream(request)),
      )
      known.sent = text
      return id
    } catch (error) {
      // What was appended without an answer may be there twice after another try: an edit makes sure.
      if (
        error instanceof HubError &&
        error.code !== 'platform_rate_limited' &&
        error.code !== 'platform_unauthorized'
      )
        return undefined
      throw error
    }
  }

  return {
    isLive: (id) => live.has(id),
    async grow(target, request, signal) {
      if (request.markdown.length > MAX_STREAMED) return undefined
      return request.externalId === undefined
        ? await start(target, request, signal)
        : await append(target, request.externalId, request.markdown, signal)
    },
    async stop({ team, channel }, id, controls, signal) {
      const { call } = await speakerFor(team, signal)
      const bottom = controls.length === 0 ? {} : { blocks: [actionsOf(controls, 'after')] }
      try {
        await budget.call(
          [{ name: `stream stop ${team}`, pace: STOP_PACE }],
          { urgency: 'final', of: id },
          signal,
          () =>
            call('chat.stopStream', signal, (client) =>
              client.chat.stopStream({ channel, ts: id, ...bottom }),
            ),
        )
      } catch (error) {
        // It has died, or a person stopped it: both leave a message that can be edited.
        if (!(error instanceof HubError) || error.code !== 'platform_rejected') throw error
      }
      live.delete(id)
    },
  }
}

/**
 * Nothing that is shown meanwhile notifies anybody or fetches a picture. What is inserted depends on no later
 * text, so that each text goes on from the one before; the last version is printed anew and holds none of it.
 */
function harmless(markdown: string): string {
  return markdown.replace(/[<@!]/g, '$&\u2060')
}
