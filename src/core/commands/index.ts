import type { CommandName } from '../../model/command.ts'
import type { OutboundFile } from '../../model/outbound.ts'
import type { CommandCall } from '../../model/work.ts'
import { PRIVATE_COMMANDS } from '../command-line.ts'
import type { Intake } from '../intake.ts'
import { queueTurn } from '../queueing.ts'
import { admin } from './admin.ts'
import type { Command, CommandContext, CommandResult } from './command.ts'
import { help } from './help.ts'
import { model } from './model.ts'
import { privacy } from './privacy.ts'
import { reset } from './reset.ts'
import { retry } from './retry.ts'
import { run } from './run.ts'
import { stop } from './stop.ts'
import { usage } from './usage.ts'
import { why } from './why.ts'

const COMMANDS: Readonly<Record<CommandName, Command>> = {
  run,
  model,
  reset,
  stop,
  retry,
  why,
  usage,
  privacy,
  admin,
  help,
}

function fileOf({ file }: Extract<CommandResult, { kind: 'say' }>): { file?: OutboundFile } {
  return file === undefined ? {} : { file }
}

/** Does what a command asks, inside the transaction that takes it in; only `/run` becomes a turn. */
export async function runCommand(
  context: CommandContext,
  { command, argument }: CommandCall,
): Promise<Intake> {
  const { tx, place, messageId, conversationId, target } = context
  await tx.addDecisions(place.workspaceId, messageId, [{ code: 'command', detail: { command } }])
  const result = await COMMANDS[command](context, argument)
  if (result.kind === 'run') return await queueTurn(context, 'run', result.code)
  const isPrivate = context.unseen && PRIVATE_COMMANDS.has(command)
  const answer = {
    place,
    conversationId,
    messageId,
    target,
    text: result.text,
    private: isPrivate,
    ...fileOf(result),
  }
  return {
    outcome: { kind: 'replied', private: isPrivate },
    deliver: await tx.addAnswer(answer),
    ...(result.stop === undefined ? {} : { stop: result.stop }),
    ...(result.wake === undefined ? {} : { wake: result.wake }),
  }
}
