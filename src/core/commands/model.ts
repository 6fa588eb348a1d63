import { sentence } from '../../model/sentence.ts'
import { applyPatch } from '../../model/settings.ts'
import { say } from '../wording.ts'
import type { Command, CommandContext, CommandResult } from './command.ts'

const OWN = /^(?:me|eu)(?:\s+(.*))?$/is
const NONE = new Set(['-', 'reset', 'none'])

/** Shows the model here; switches it for those who run the place, and for anybody in a direct message or for themselves. */
export const model: Command = async (context, argument) => {
  const { tx, place, target, administers } = context
  const { language, channelKind, channelId, workspaceId, personId } = place
  const listed = await tx.listedModels()
  const models = listed.map((name) => `\`${name}\``).join(', ')
  const tell = (...said: Parameters<typeof sentence>): CommandResult => ({
    kind: 'say',
    text: say(sentence(...said), language),
  })
  if (listed.length === 0) return tell('command.model.none')
  if (argument === '') return await show(context, listed[0] ?? '', models)
  const prefix = target.commandPrefix ?? '/'
  const own = OWN.exec(argument)
  const wanted = own ? (own[1] ?? '').trim() : argument
  if (own && NONE.has(wanted)) {
    const values = applyPatch(await tx.ownSettings('person', personId), { model: null })
    await tx.writeSettings('person', personId, undefined, values, `person:${personId}`)
    return tell('command.model.own_reset')
  }
  if (!own && channelKind !== 'direct' && !administers) return tell('command.model.not_allowed', { prefix })
  const chosen = listed.find((name) => name.toLowerCase() === wanted.toLowerCase())
  if (!chosen) return tell('command.model.unknown', { model: wanted, models })
  const [scope, id] = own ? (['person', personId] as const) : (['channel', channelId] as const)
  const values = applyPatch(await tx.ownSettings(scope, id), { model: chosen })
  await tx.writeSettings(scope, id, own ? undefined : workspaceId, values, `person:${personId}`)
  return tell(own ? 'command.model.own' : 'command.model.switched', { model: chosen })
}

async function show(
  { tx, place, target }: CommandContext,
  first: string,
  models: string,
): Promise<CommandResult> {
  const { language, settings, personId } = place
  const own = (await tx.ownSettings('person', personId)).model
  const lines = [
    sentence('command.model.current', { model: settings.model ?? first }),
    ...(own === undefined
      ? []
      : [sentence('command.model.yours', { model: own, prefix: target.commandPrefix ?? '/' })]),
    sentence('command.model.available', { models }),
  ]
  return { kind: 'say', text: lines.map((line) => say(line, language)).join('\n\n') }
}
