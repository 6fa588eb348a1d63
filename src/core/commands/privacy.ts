import { sentence } from '../../model/sentence.ts'
import { say } from '../wording.ts'
import type { Command } from './command.ts'

/** What a person may do about what is kept of them. */
export const privacy: Command = async ({ tx, place, messageId, target }, argument) => {
  const { personId, language, channelKind } = place
  const prefix = target.commandPrefix ?? '/'
  const tell = (text: string) => ({ kind: 'say' as const, text })
  switch (argument.trim().toLowerCase()) {
    case 'export': {
      // In company everybody would get it.
      if (channelKind !== 'direct') return tell(say(sentence('command.privacy.direct', { prefix }), language))
      const data = Buffer.from(await tx.exportPerson(personId))
      const file = { name: 'brainall-export.json', mimeType: 'application/json', data }
      return { ...tell(say(sentence('command.privacy.export'), language)), file }
    }
    case 'forget': {
      const forgotten = await tx.forgetPerson(personId, messageId)
      return tell(say(sentence('command.privacy.receipt', { ...forgotten, prefix }), language))
    }
    case 'pause':
      await tx.pausePerson(personId, true)
      return tell(say(sentence('command.privacy.paused', { prefix }), language))
    case 'resume':
      await tx.pausePerson(personId, false)
      return tell(say(sentence('command.privacy.resumed'), language))
    default:
      return tell(say(sentence('command.privacy.usage', { prefix }), language))
  }
}
