import type { FaultPlan, WireRequest } from '../../../src/simulator/faults.ts'

/** A message as a person sees it now. */
export interface Seen {
  readonly id: string
  /** As shown, with the platform's markup. */
  readonly text: string
  /** How often it changed after it appeared. */
  readonly edits: number
  readonly isFile: boolean
  /** What its buttons say. */
  readonly buttons: readonly string[]
}

/** A pressed button, as the one who pressed it sees it. */
export interface Pressed {
  acknowledged(): boolean
  /** What only they were told. */
  told(): string | undefined
}

/** A place to talk in, and the one who talks. Each is fresh: nothing was said there before. */
export interface Talk {
  /** Says something; `addressed` mentions the bot. Returns the message's id. */
  say(
    text: string,
    options?: { readonly mention?: boolean; readonly by?: 'person' | 'other-person' | 'other-bot' },
  ): string
  /** Goes on in the way of the platform: in the thread that the mention opened, or in reply to the answer. */
  goOn(question: string, answer: Seen, text: string): string
  /**
   * Somebody else talks in a thread that the bot was not asked in; where there are none, one after another. The
   * returned function asks the bot there, as a reply to the last where there are no threads.
   */
  discuss(lines: readonly string[]): (text: string) => string
  /** A voice note, which addresses the bot in the way this place allows. */
  voice(data: Buffer, seconds: number): string
  /** Gives a file with words to it; in a direct talk, where it addresses the bot by itself. */
  attach(
    file: { readonly name: string; readonly mimeType: string; readonly data: Buffer },
    text: string,
  ): string
  /** The platform delivers the message again, once with the same event id and once with another where it can. */
  redeliver(message: string): void
  edit(message: string, text: string, options?: { readonly mention?: boolean }): void
  /** The platform changes the message without anybody editing it, such as by a link's preview; where it does so. */
  touch(message: string): void
  /** The asker takes the question back: deletes it, or presses the button under its answer where bots are not told. */
  takeBack(question: string): void
  /** Presses the button that says this. Throws where there is none. */
  press(answer: Seen, label: string, by?: 'person' | 'other-person'): Pressed
  /** The bot's visible messages here, oldest first; files and private answers included. */
  answers(): readonly Seen[]
  /** Whether this answer stands where answers to the question belong (its thread, a reply to it). */
  belongsTo(question: string, answer: Seen): boolean
}

/** One emulated platform as journeys use it: what differs between the four is in here. */
export interface Chat {
  readonly platform: 'slack' | 'discord' | 'telegram' | 'matrix'
  /** What connects a hub to it. */
  readonly environment: Readonly<Record<string, string>>
  readonly faults: FaultPlan
  readonly commandPrefix: '/' | '!'
  group(): Talk
  direct(): Talk
  /** Everybody whom any message of the bot notified, where the platform records it. */
  pings(): readonly string[]
  /** Breaks the connection on which the bot listens; it can come back at once. */
  cut(): void
  onRequest(listener: (request: WireRequest) => void): () => void
  onChange(listener: () => void): () => void
  close(): Promise<void>
}

/** Resolves with the first value that is neither undefined nor false; says what was seen instead when time is up. */
export async function until<Value>(
  chat: Chat,
  read: () => Value | undefined | false,
  describe: () => unknown,
  timeoutMs = 20_000,
): Promise<Value> {
  return await new Promise((resolve, reject) => {
    const look = (): void => {
      const value = read()
      if (value === undefined || value === false) return
      end()
      resolve(value)
    }
    const timer = setTimeout(() => {
      end()
      reject(new Error(`not seen on ${chat.platform} within ${timeoutMs} ms: ${JSON.stringify(describe())}`))
    }, timeoutMs)
    // Some state changes without an event, such as an expiry.
    const poll = setInterval(look, 50)
    const unsubscribe = chat.onChange(look)
    const end = (): void => {
      clearTimeout(timer)
      clearInterval(poll)
      unsubscribe()
    }
    look()
  })
}

/** Waits for the talk's answer number `number` to hold the text. */
export async function shown(chat: Chat, talk: Talk, text: string | RegExp, number = 1): Promise<Seen> {
  const fits = (answer: Seen) =>
    typeof text === 'string' ? answer.text.includes(text) : text.test(answer.text)
  return await until(
    chat,
    () =>
      talk
        .answers()
        .slice(number - 1)
        .find(fits),
    () => ({ wanted: String(text), seen: talk.answers().map((answer) => answer.text) }),
  )
}

export function labelled<Button extends { readonly label: string }>(
  buttons: readonly Button[],
  label: string,
): Button {
  const found = buttons.find((button) => button.label.includes(label))
  if (!found) throw new Error(`no button says ${label}: ${buttons.map((one) => one.label).join(', ')}`)
  return found
}
