import { type InboundAction, REACTION } from '../../model/inbound.ts'
import type { Control } from '../../model/outbound.ts'
import { sentence } from '../../model/sentence.ts'
import type { EffectiveSettings, Language } from '../../model/settings.ts'
import type { Answer, Place } from '../../model/work.ts'
import type { IngestTransaction } from '../../ports/ingest-store.ts'
import type { Intake } from '../intake.ts'
import type { BacklogLimits } from '../queueing.ts'
import { say } from '../wording.ts'
import { type AnswerState, type ControlKind, controlId, parseControlId } from './control.ts'
import { thumbDown, thumbUp } from './feedback.ts'
import { fix } from './fix.ts'
import { heard } from './heard.ts'
import { notes } from './notes.ts'
import { retry } from './retry.ts'
import { run } from './run.ts'
import { stop } from './stop.ts'
import { takeBackButton } from './take-back.ts'

/** All kinds of buttons, in the order in which they stand. Names are at most 16 letters of [a-z-], for good. */
const CONTROLS: Readonly<Record<string, ControlKind>> = {
  stop,
  heard,
  notes,
  run,
  fix,
  retry,
  up: thumbUp,
  down: thumbDown,
  'take-back': takeBackButton,
}

/** The buttons that an answer shall have now. */
export function controlsUnder(
  { id }: Pick<Answer, 'id'>,
  state: AnswerState,
  { buttons }: Pick<EffectiveSettings, 'buttons'>,
  language: Language,
): Control[] {
  if (buttons === 'none' || state.capabilities.buttons === 'dropped') return []
  return Object.entries(CONTROLS).flatMap(([name, kind]) =>
    kind.essential || buttons === 'full'
      ? kind.offer(state).map((argument) => ({
          id: controlId(name, id, argument),
          label: kind.label(argument, language),
        }))
      : [],
  )
}

/**
 * A pressed button, or a platform's own signal of the same meaning. Its id is checked, not trusted: it must name
 * an answer of this very channel, and the presser must have the right.
 */
export async function takePress(
  tx: IngestTransaction,
  event: InboundAction,
  place: Place,
  limits: BacklogLimits,
): Promise<Intake> {
  const refuse = (reason: string, key: 'control.unknown' | 'control.not_yours'): Intake => ({
    outcome: { kind: 'ignored', reason, tell: say(sentence(key), place.language) },
  })
  const isReaction = event.control.startsWith(REACTION)
  const call = isReaction ? reactionCall(event.control) : parseControlId(event.control)
  const kind = call && Object.hasOwn(CONTROLS, call.name) ? CONTROLS[call.name] : undefined
  if (!call || !kind) return refuse('unknown_control', 'control.unknown')
  const { answerId, argument, name } = call
  const newest = event.newest === true ? await tx.newestTurnOf(place) : undefined
  const answer = await tx.answerBehind(
    place.channelId,
    answerId !== undefined
      ? { answerId }
      : newest === undefined
        ? { externalId: event.messageId }
        : { turnId: newest.id },
  )
  if (!answer) return refuse('unknown_message', 'control.unknown')
  const mayPress =
    kind.for === 'everyone' || event.administers === true || answer.askers.includes(place.personId)
  if (!mayPress) {
    const decision = { code: 'press_refused', detail: { control: name } }
    await tx.addDecisions(place.workspaceId, answer.turn.messageId, [decision])
    return refuse('not_allowed', 'control.not_yours')
  }
  return await kind.press({ tx, place, answer, argument, event, limits })
}

/** Skin tones and the mark of a coloured form make no difference. */
function reactionCall(control: string): ReturnType<typeof parseControlId> {
  const emoji = control.slice(REACTION.length).replace(/[\uFE0F\u{1F3FB}-\u{1F3FF}]/gu, '')
  const [name] = Object.entries(CONTROLS).find(([, { reactions }]) => reactions?.includes(emoji)) ?? []
  return name === undefined ? undefined : { name, answerId: undefined, argument: '' }
}
