import { HubError } from '../../src/model/errors.ts'
import { externalId } from '../../src/model/ids.ts'
import type { InboundWorkspace } from '../../src/model/inbound.ts'
import type { ReceiverContext } from '../../src/ports/receiver.ts'
import type { SlackCredentials } from './credentials.ts'
import type { Self } from './decode.ts'
import { createDirectory, type Directory, LOOKUP_LIMIT_MS } from './directory.ts'
import { accountOf, askIdentities, tokenAt } from './identify.ts'
import { mentions } from './readable-text.ts'
import { type CallSlack, createCallSlack } from './web-api.ts'

export const START_LIMIT_MS = 10_000
const STRANGERS_NAMED = 1_000

/** A workspace in which the app is installed, as its own bot sees it. */
export interface Team {
  readonly self: Self
  readonly account: string
  readonly call: CallSlack
  readonly directory: Directory
}

/** The workspaces of all accepted bot tokens. */
export interface Teams {
  readonly size: number
  /** undefined: no bot token is for this team, which is logged once a team. */
  of(teamId: string | undefined): Team | undefined
  /** The one whose bot the text addresses. */
  mentionedIn(text: string | undefined): Team | undefined
  /** Takes nothing in from this team any more; false: it was none of these. */
  remove(teamId: string | undefined): boolean
  summary(): { readonly account: string; readonly workspaces: readonly InboundWorkspace[] }
  close(): void
}

/** Asks who each bot token is. A refused one is only told of, unless all are: `platform_unauthorized`. */
export async function openTeams(
  { connectionId, log }: Pick<ReceiverContext, 'connectionId' | 'log'>,
  { botTokens, apiUrl }: SlackCredentials,
  signal: AbortSignal,
): Promise<Teams> {
  const calls = botTokens.map((token) => createCallSlack({ token, apiUrl, log, limitMs: START_LIMIT_MS }))
  const answers = await askIdentities(calls, signal)
  const teams = new Map<string, Team>()
  const out: string[] = []
  const strangers = new Set<string | undefined>()
  let organization: Team | undefined

  for (const [index, token] of botTokens.entries()) {
    const [answer, call] = [answers[index], calls[index]]
    if (answer === undefined || call === undefined) continue
    const which = tokenAt(index, botTokens.length)
    if (answer instanceof HubError) {
      if (botTokens.length === 1) throw answer
      log.warn({ code: answer.code, err: answer, token: which }, 'Slack refuses a bot token')
      out.push(`${which} is refused`)
      continue
    }
    if (teams.has(answer.team_id)) {
      log.warn({ token: which, team: answer.team_id }, 'a bot token is for the same workspace as another')
      continue
    }
    const team: Team = {
      self: {
        connectionId,
        botUserId: answer.user_id,
        teamId: answer.team_id,
        teamName: answer.team,
      },
      account: accountOf(answer),
      call,
      directory: createDirectory(createCallSlack({ token, apiUrl, log, limitMs: LOOKUP_LIMIT_MS })),
    }
    teams.set(answer.team_id, team)
    if (answer.is_enterprise_install) organization = team
  }
  if (teams.size === 0)
    throw new HubError('platform_unauthorized', `Slack refuses all ${botTokens.length} bot tokens`)

  return {
    get size() {
      return teams.size
    },

    of(teamId) {
      const team = teamId === undefined ? undefined : teams.get(teamId)
      if (team) return team
      if (organization && teamId !== undefined)
        return { ...organization, self: { ...organization.self, teamId, teamName: undefined } }
      if (!strangers.has(teamId) && strangers.size < STRANGERS_NAMED) {
        strangers.add(teamId)
        log.warn({ team: teamId }, 'what comes from a Slack workspace without a bot token is ignored')
      }
      return undefined
    },

    mentionedIn: (text) =>
      text === undefined
        ? undefined
        : [...teams.values()].find(({ self: { botUserId } }) => mentions(text, botUserId)),

    remove(teamId) {
      const team = teamId === undefined ? undefined : teams.get(teamId)
      if (teamId === undefined || !team) return false
      teams.delete(teamId)
      if (team === organization) organization = undefined
      team.directory.close()
      out.push(`${team.account} was removed`)
      return true
    },

    summary: () => ({
      account: [[...teams.values()].map(({ account }) => account).join(', '), ...out].join('; '),
      workspaces: [...teams.values()].map(({ self: { teamId, teamName } }) => ({
        externalId: externalId(teamId),
        ...(teamName === undefined ? {} : { name: teamName }),
      })),
    }),

    close() {
      for (const { directory } of teams.values()) directory.close()
    },
  }
}
