import { sentence } from '../../model/sentence.ts'
import { say } from '../wording.ts'
import type { Command } from './command.ts'

const LIFETIME_MS = 10 * 60_000

/**
 * A link into the admin, for this workspace. Whether the person administers it on the platform is asked when the
 * link is opened; here it only must not be seen by others, for whom it would work as well.
 */
export const admin: Command = async ({ tx, place, unseen }) => {
  const { language, channelKind } = place
  if (!unseen && channelKind !== 'direct')
    return { kind: 'say', text: say(sentence('command.admin.in_private'), language) }
  const url = await tx.makeSignInLink(place, LIFETIME_MS)
  return {
    kind: 'say',
    text: say(sentence('command.admin.link', { url, minutes: LIFETIME_MS / 60_000 }), language),
  }
}
