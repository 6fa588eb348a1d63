import { sentence } from '../../model/sentence.ts'
import { say } from '../wording.ts'
import { type Command, turnMeant } from './command.ts'

export const retry: Command = async (context) => {
  const { tx, place } = context
  const turn = await turnMeant(context)
  if (!turn) return { kind: 'say', text: say(sentence('command.retry.none'), place.language) }
  const step = await tx.redo(turn.id)
  if (!step) return { kind: 'say', text: say(sentence('command.retry.busy'), place.language) }
  await tx.addDecisions(place.workspaceId, turn.messageId, [{ code: 'redo_requested' }])
  return { kind: 'say', text: say(sentence('command.retry.started'), place.language), wake: step }
}
