import { sentence } from '../../model/sentence.ts'
import { applyPatch } from '../../model/settings.ts'
import { say } from '../wording.ts'
import type { Command } from './command.ts'

/** Until rights are read from the platforms, only a direct message's own model may be switched in chat. */
export const model: Command = async ({ tx, place }, argument) => {
  const { language, settings, workspaceId, channelId, channelKind } = place
  const listed = await tx.listedModels()
  const models = listed.map((name) => `\`${name}\``).join(', ')
  if (listed.length === 0) return { kind: 'say', text: say(sentence('command.model.none'), language) }
  if (argument === '') {
    const current = settings.model ?? listed[0] ?? ''
    const lines = [
      sentence('command.model.current', { model: current }),
      sentence('command.model.available', { models }),
    ]
    return { kind: 'say', text: lines.map((line) => say(line, language)).join('\n\n') }
  }
  if (channelKind !== 'direct')
    return { kind: 'say', text: say(sentence('command.model.direct_only'), language) }
  const chosen = listed.find((name) => name.toLowerCase() === argument.toLowerCase())
  if (!chosen)
    return {
      kind: 'say',
      text: say(sentence('command.model.unknown', { model: argument, models }), language),
    }
  const own = await tx.ownSettings('channel', channelId)
  await tx.writeSettings(
    'channel',
    channelId,
    workspaceId,
    applyPatch(own, { model: chosen }),
    `person:${place.personId}`,
  )
  return { kind: 'say', text: say(sentence('command.model.switched', { model: chosen }), language) }
}
