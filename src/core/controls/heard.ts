import { sentence } from '../../model/sentence.ts'
import { settleHeard } from '../heard.ts'
import { say } from '../wording.ts'
import { type ControlKind, NOTHING, ONE } from './control.ts'

/** Says that a doubtful transcript is right: what was asked is answered in place. */
export const heard: ControlKind = {
  essential: true,
  for: 'asker',
  offer: ({ end, asks }) => (end === 'done' && asks === 'heard' ? ONE : NOTHING),
  label: (_argument, language) => say(sentence('control.heard'), language),
  async press({ tx, place, answer: { turn } }) {
    const said = await tx.heardIn(turn.id)
    if (!said?.asked)
      return { outcome: { kind: 'handled', tell: say(sentence('control.unknown'), place.language) } }
    return await settleHeard(tx, said, place, undefined)
  },
}
