import { takeBack } from '../deletions.ts'
import { type ControlKind, NOTHING, ONE } from './control.ts'

/** Where the platform does not tell that a question was deleted. */
export const takeBackButton: ControlKind = {
  essential: true,
  for: 'asker',
  offer: ({ capabilities }) => (capabilities.tellsDeletions ? NOTHING : ONE),
  label: () => '🗑',
  press: async ({ tx, place, answer: { turn } }) =>
    await takeBack(tx, { id: turn.messageId }, place, 'taken_back'),
}
