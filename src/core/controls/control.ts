import type { Capabilities } from '../../model/capabilities.ts'
import type { AnswerId } from '../../model/ids.ts'
import type { InboundAction } from '../../model/inbound.ts'
import type { Language } from '../../model/settings.ts'
import type { Place, Step, TurnEnd } from '../../model/work.ts'
import type { IngestTransaction, PressedAnswer } from '../../ports/ingest-store.ts'
import type { Intake } from '../intake.ts'
import type { BacklogLimits } from '../queueing.ts'

/** What a button may stand under. */
export interface AnswerState {
  /** What makes it: `run` for a program's output. */
  readonly step: Step
  /** undefined: it still grows. */
  readonly end: TurnEnd | undefined
  /** Markdown, as far as it goes. */
  readonly text: string
  /** It is a program's output, and the program did not end well. */
  readonly failed?: boolean
  /** It ends with a question about what was heard, or is only what was heard. */
  readonly asks?: 'heard' | 'notes'
  /** Whether code may be run here. */
  readonly runs: boolean
  readonly capabilities: Capabilities
}

export interface Press {
  readonly tx: IngestTransaction
  /** Where it was pressed, and by whom. */
  readonly place: Place
  /** Found in the database, of this very channel. */
  readonly answer: PressedAnswer
  /** What `offer` gave along with the button; untrusted, since anybody can forge one. */
  readonly argument: string
  readonly event: InboundAction
  readonly limits: BacklogLimits
}

/**
 * One kind of button under an answer. A new one is a file beside this one and a line in `CONTROLS`, whose order
 * is that of the buttons; adapters and workers need not know of it. `offer` is asked at each showing, so that a
 * button comes and goes with the answer's state; `press` runs in the transaction that takes the press in, after
 * the presser's right was checked, and must look again whether what it is to do is still there to be done: a
 * button may be pressed years later, twice, and by a forged id.
 */
export interface ControlKind {
  /** Shown also where the setting leaves only what gives control: `buttons: stop-only`. */
  readonly essential: boolean
  /** `asker`: who asked, and who may administer the place. */
  readonly for: 'asker' | 'everyone'
  /** Emoji that mean the same on an answer where there are no buttons. */
  readonly reactions?: readonly string[]
  /** One button for each argument given, at most 24 letters of [a-z0-9.-]; [''] for a button without. */
  offer(answer: AnswerState): readonly string[]
  label(argument: string, language: Language): string
  /** `outcome.tell` is for the presser's eyes alone. */
  press(press: Press): Promise<Intake>
}

export const NOTHING: readonly string[] = []
export const ONE: readonly string[] = ['']

const FORM = /^([a-z-]{1,16})(?::([A-Za-z0-9_-]{22}))?(?::([a-z0-9.-]{1,24}))?$/

/** At most 64 bytes, which is what the narrowest platform gives back. */
export function controlId(name: string, answerId: AnswerId, argument: string): string {
  const short = Buffer.from(answerId.replaceAll('-', ''), 'hex').toString('base64url')
  return [name, short, ...(argument === '' ? [] : [argument])].join(':')
}

/** Without an answer's id it is a platform's own signal, which names the message alone. */
export function parseControlId(
  id: string,
): { name: string; answerId: AnswerId | undefined; argument: string } | undefined {
  const match = FORM.exec(id)
  if (match === null) return undefined
  const [, name = '', short, argument = ''] = match
  if (short === undefined) return { name, answerId: undefined, argument }
  const hex = Buffer.from(short, 'base64url').toString('hex')
  const groups = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/.exec(hex)?.slice(1)
  return groups && { name, answerId: groups.join('-') as AnswerId, argument }
}
