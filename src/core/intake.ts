import type { AnswerId, TurnId } from '../model/ids.ts'
import type { IngestOutcome } from '../model/inbound.ts'
import type { Step } from '../model/work.ts'

/** What a committed event sets in motion. */
export interface Intake {
  readonly outcome: IngestOutcome
  readonly wake?: Step
  readonly deliver?: AnswerId
  readonly stop?: TurnId
  /** Its answer is to be begun anew. */
  readonly redo?: TurnId
  /** Answers that are no longer to show. */
  readonly retract?: readonly AnswerId[]
}
