import type { Step } from '../model/work.ts'

export interface OpenTurns {
  readonly step: Step
  /** `delayed`: to be tried again later. */
  readonly state: 'ready' | 'delayed' | 'working'
  readonly count: number
  /** Since the oldest one's message came, or since it may be tried again. */
  readonly oldestMs: number
}

/** How the hub as a whole stands, whichever process asks. */
export interface HubFigures {
  readonly turns: readonly OpenTurns[]
  /** Answers given at once that their platform has not taken yet. */
  readonly undelivered: { readonly count: number; readonly oldestMs: number }
  /** Turns that failed and that nobody retried or discarded; 1,000 stands for any more. */
  readonly deadLetters: number
  readonly databaseBytes: number
}

/** Cheap however much is stored: reads what is open, not what was. */
export type ReadHubFigures = () => Promise<HubFigures>
