import { sentence } from '../../model/sentence.ts'
import { queueTurn } from '../queueing.ts'
import { say } from '../wording.ts'
import { type ControlKind, NOTHING, ONE } from './control.ts'
import { sayByPress } from './press-message.ts'

/** Gives a failed program and its error back to the model, as the presser's own question. */
export const fix: ControlKind = {
  essential: false,
  for: 'everyone',
  offer: ({ end, step, failed }) => (end === 'done' && step === 'run' && failed === true ? ONE : NOTHING),
  label: (_argument, language) => say(sentence('control.fix'), language),
  async press(press) {
    const { tx, place, answer } = press
    const code = await tx.codeOf(answer.turn.id)
    if (code === undefined)
      return { outcome: { kind: 'handled', tell: say(sentence('control.unknown'), place.language) } }
    const question = say(
      sentence('control.fix.question', { language: code.language, source: code.source, result: answer.text }),
      place.language,
    )
    const where = await sayByPress(press, question)
    if (where === undefined) return { outcome: { kind: 'duplicate' } }
    const intake = await queueTurn(where, 'reply')
    return { ...intake, outcome: { kind: 'handled' } }
  },
}
