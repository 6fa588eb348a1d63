import type { ConversationId, MessageId } from '../model/ids.ts'
import { sentence } from '../model/sentence.ts'
import type { CodeToRun, Place, Step } from '../model/work.ts'
import type { IngestTransaction } from '../ports/ingest-store.ts'
import type { Intake } from './intake.ts'
import { say } from './wording.ts'

/** Turns that may wait or be worked on at once; who comes on top is told so. */
export interface BacklogLimits {
  readonly hub: number
  readonly workspace: number
  readonly conversation: number
}

/** Programs of one person that may wait or run at once in a workspace. */
const MAX_OPEN_RUNS = 8

interface Asked {
  readonly tx: IngestTransaction
  readonly place: Place
  readonly messageId: MessageId
  readonly conversationId: ConversationId
  readonly target: Parameters<IngestTransaction['addAnswer']>[0]['target']
  readonly limits: BacklogLimits
}

/** Makes a message a turn, or part of the one under way, or says honestly that there is no room for it. */
export async function queueTurn(asked: Asked, step: Step, code?: CodeToRun): Promise<Intake> {
  const { tx, place, messageId, conversationId, target, limits } = asked
  const { workspaceId } = place
  if (step === 'reply' && place.settings.during === 'interrupt') {
    const turnId = await tx.interruptTurn(conversationId, messageId)
    if (turnId !== undefined) {
      await tx.addDecisions(workspaceId, messageId, [{ code: 'joined' }])
      return { outcome: { kind: 'queued', messageId }, wake: step, redo: turnId }
    }
  }
  const backlog = await tx.backlog(workspaceId, conversationId)
  const full = (['conversation', 'workspace', 'hub'] as const).find(
    (scope) => backlog[scope] >= limits[scope],
  )
  if (full !== undefined) {
    const number = backlog[full] + 1
    await tx.addDecisions(workspaceId, messageId, [{ code: 'busy', detail: { scope: full, number } }])
    const text = say(sentence('answer.busy', { number }), place.language)
    const answer = { place, conversationId, messageId, target, text, private: false }
    return { outcome: { kind: 'replied', private: false }, deliver: await tx.addAnswer(answer) }
  }
  if (step === 'run') {
    const open = await tx.openRuns(place)
    if (open >= MAX_OPEN_RUNS) {
      const detail = { scope: 'person', number: open + 1 }
      await tx.addDecisions(workspaceId, messageId, [{ code: 'busy', detail }])
      const text = say(sentence('run.too_many', { number: open }), place.language)
      const answer = { place, conversationId, messageId, target, text, private: false }
      return { outcome: { kind: 'replied', private: false }, deliver: await tx.addAnswer(answer) }
    }
  }
  await tx.addTurn(place, conversationId, messageId, step, code)
  const ahead = backlog.conversation
  await tx.addDecisions(workspaceId, messageId, [{ code: 'queued', detail: { step, ahead } }])
  return { outcome: { kind: 'queued', messageId }, wake: step }
}
