import { HubError } from '../../src/model/errors.ts'
import type { Logger } from '../../src/ports/logger.ts'
import type { SlackCredentials } from './credentials.ts'
import { askIdentity } from './identify.ts'
import { type CallSlack, createCallSlack } from './web-api.ts'

/** One bot's voice. */
export interface Speaker {
  readonly token: string
  readonly call: CallSlack
}

/** The bot of a team; without a team, that of the first token. Rejects with `platform_unauthorized` where none is. */
export type SpeakerFor = (team: string | undefined, signal: AbortSignal) => Promise<Speaker>

/**
 * Nothing in a token tells its team: where there are several, Slack is asked once, when the first team is
 * wanted. Tokens that gave no answer are asked again when a team is missing.
 */
export function createSpeakers(options: {
  readonly botTokens: SlackCredentials['botTokens']
  readonly apiUrl: string
  readonly log: Logger
}): SpeakerFor {
  const { botTokens, apiUrl, log } = options
  const speakers = botTokens.map(
    (token): Speaker => ({ token, call: createCallSlack({ token, apiUrl, log }) }),
  )
  const [first] = speakers
  const known = new Map<string, Speaker>()
  const unknown = new Set(speakers)

  /** Resolves with what kept tokens from being known. */
  const ask = async (signal: AbortSignal): Promise<unknown[]> => {
    const asked = [...unknown]
    const answers = await Promise.allSettled(asked.map(({ call }) => askIdentity(call, signal)))
    return asked.flatMap((speaker, index) => {
      const answer = answers[index]
      if (answer?.status !== 'fulfilled') return [answer?.reason]
      unknown.delete(speaker)
      const { team_id: team } = answer.value
      // Of two tokens for one team, the first speaks and listens.
      if (!known.has(team)) known.set(team, speaker)
      return []
    })
  }

  return async (team, signal) => {
    if (first === undefined) throw new HubError('credentials_malformed', 'there is no Slack bot token')
    if (team === undefined || speakers.length === 1) return first
    const speaker = known.get(team)
    if (speaker) return speaker
    const failures = await ask(signal)
    const found = known.get(team)
    if (found) return found
    const temporary = failures.find((error) => !(error instanceof HubError) || error.retry.kind !== 'never')
    if (temporary !== undefined) throw temporary
    throw new HubError('platform_unauthorized', 'no Slack bot token is accepted for this workspace')
  }
}
