import { REACTION } from '../../model/inbound.ts'
import { sentence } from '../../model/sentence.ts'
import { say } from '../wording.ts'
import { type ControlKind, NOTHING, ONE } from './control.ts'

/** Everybody has one voice on an answer: another thumb changes it, the same one takes it back. */
function thumb(value: 'up' | 'down'): ControlKind {
  return {
    essential: false,
    for: 'everyone',
    reactions: [value === 'up' ? '👍' : '👎'],
    offer: ({ end, step }) => (end === 'done' && step === 'reply' ? ONE : NOTHING),
    label: () => (value === 'up' ? '👍' : '👎'),
    async press({ tx, place, answer, event }) {
      // A reaction is set, however often it is told.
      const again = event.control.startsWith(REACTION) ? 'keeps' : 'withdraws'
      const kept = await tx.judge(answer.id, place.personId, value, { again })
      await tx.addDecisions(place.workspaceId, answer.turn.messageId, [
        { code: 'feedback', detail: { value: kept ? value : 'none' } },
      ])
      const told = sentence(kept ? `control.feedback.${value}` : 'control.feedback.withdrawn')
      return { outcome: { kind: 'handled', tell: say(told, place.language) } }
    },
  }
}

export const thumbUp = thumb('up')
export const thumbDown = thumb('down')
