import { sentence } from '../../model/sentence.ts'
import { say } from '../wording.ts'
import { type Command, turnMeant } from './command.ts'

export const reset: Command = async (context) => {
  const { tx, place } = context
  const turn = await turnMeant(context)
  if (!turn) return { kind: 'say', text: say(sentence('command.reset.none'), place.language) }
  await tx.resetContext(turn.conversationId)
  return { kind: 'say', text: say(sentence('command.reset.done'), place.language) }
}
