import { sentence } from '../../model/sentence.ts'
import { queueTurn } from '../queueing.ts'
import { say } from '../wording.ts'
import { type ControlKind, NOTHING, ONE } from './control.ts'
import { sayByPress } from './press-message.ts'

/** Makes a summary with action points of what was only written down. */
export const notes: ControlKind = {
  essential: true,
  for: 'everyone',
  offer: ({ end, asks }) => (end === 'done' && asks === 'notes' ? ONE : NOTHING),
  label: (_argument, language) => say(sentence('control.notes'), language),
  async press(press) {
    const { tx, place, answer } = press
    const text = (await tx.heardIn(answer.turn.id))?.texts.join('\n\n') ?? ''
    if (text === '')
      return { outcome: { kind: 'handled', tell: say(sentence('control.unknown'), place.language) } }
    const where = await sayByPress(press, say(sentence('control.notes.question', { text }), place.language))
    if (where === undefined) return { outcome: { kind: 'duplicate' } }
    const intake = await queueTurn(where, 'reply')
    return { ...intake, outcome: { kind: 'handled' } }
  },
}
