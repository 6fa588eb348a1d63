import { sentence } from '../../model/sentence.ts'
import { say } from '../wording.ts'
import { type Command, turnMeant } from './command.ts'

export const stop: Command = async (context) => {
  const { tx, place } = context
  const turn = await turnMeant(context)
  if (!turn || !(await tx.requestStop(turn.id, place.personId))) {
    return { kind: 'say', text: say(sentence('command.stop.none'), place.language) }
  }
  await tx.addDecisions(place.workspaceId, turn.messageId, [{ code: 'stop_requested' }])
  return { kind: 'say', text: say(sentence('command.stop.done'), place.language), stop: turn.id }
}
