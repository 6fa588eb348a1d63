import { sentence } from '../../model/sentence.ts'
import { say } from '../wording.ts'
import { type ControlKind, NOTHING, ONE } from './control.ts'

export const retry: ControlKind = {
  essential: false,
  for: 'asker',
  reactions: ['🔄', '🔁'],
  offer: ({ end }) => (end === undefined ? NOTHING : ONE),
  label: (_argument, language) => say(sentence('control.retry'), language),
  async press({ tx, place, answer: { turn } }) {
    const step = await tx.redo(turn.id)
    if (step === undefined)
      return { outcome: { kind: 'handled', tell: say(sentence('command.retry.busy'), place.language) } }
    await tx.addDecisions(place.workspaceId, turn.messageId, [{ code: 'redo_requested' }])
    // Whoever asked whether to answer again has been told.
    const retract = await tx.retractNotices(turn.messageId)
    return { outcome: { kind: 'handled' }, wake: step, retract }
  },
}
