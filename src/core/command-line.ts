import { type CommandName, isCommand } from '../model/command.ts'
import type { CommandCall } from '../model/work.ts'

const COMMAND_LINE = /^\s*[/!]([a-z]+)(?:\s+([\s\S]*))?$/i

/** A command typed as text, such as `/run js 1+1`; undefined when the text is none. */
export function parseCommandLine(text: string): CommandCall | undefined {
  const match = COMMAND_LINE.exec(text)
  const name = match?.[1]?.toLowerCase()
  return name !== undefined && isCommand(name)
    ? { command: name, argument: match?.[2]?.trim() ?? '' }
    : undefined
}

/** Commands whose answers are for the asker alone where the platform can. */
export const PRIVATE_COMMANDS: ReadonlySet<CommandName> = new Set([
  'help',
  'why',
  'usage',
  'stop',
  'retry',
  'admin',
  'privacy',
])
