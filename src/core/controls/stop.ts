import { sentence } from '../../model/sentence.ts'
import { say } from '../wording.ts'
import { type ControlKind, NOTHING, ONE } from './control.ts'

export const stop: ControlKind = {
  essential: true,
  for: 'asker',
  reactions: ['🛑', '⏹', '✋'],
  offer: ({ end }) => (end === undefined ? ONE : NOTHING),
  label: (_argument, language) => say(sentence('control.stop'), language),
  async press({ tx, place, answer: { turn } }) {
    if (!(await tx.requestStop(turn.id, place.personId)))
      return { outcome: { kind: 'handled', tell: say(sentence('control.stop.late'), place.language) } }
    await tx.addDecisions(place.workspaceId, turn.messageId, [{ code: 'stop_requested' }])
    return { outcome: { kind: 'handled' }, stop: turn.id }
  },
}
