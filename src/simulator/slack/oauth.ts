import { randomBytes } from 'node:crypto'
import type { WireRequest } from '../faults.ts'
import type { WireAnswer } from '../wire-server.ts'
import { Refusal } from './api/refusal.ts'
import type { SlackTeam, Wire } from './model.ts'
import { freshBotToken, type World } from './world.ts'

export interface OAuthSettings {
  readonly clientId: string
  readonly clientSecret: string
  /** Tokens that end after 12 hours, with refresh tokens. */
  readonly tokenRotation: boolean
}

export interface OAuth {
  /** `GET /oauth/v2/authorize`: consents at once, for `?team=` or the first team, and redirects back. */
  authorize(request: WireRequest): WireAnswer
  /** A code as a consenting person's browser would bring it. */
  consent(team: SlackTeam, redirectUri?: string): string
  access(fields: Wire, authorization: string | undefined): Wire
}

const CODE_LIFE_MS = 600_000

export function createOAuth(world: World, settings: OAuthSettings): OAuth {
  const codes = new Map<string, { team: SlackTeam; redirectUri: string | undefined; at: number }>()
  const refreshTokens = new Map<string, SlackTeam>()

  const consent: OAuth['consent'] = (team, redirectUri) => {
    const code = randomBytes(12).toString('hex')
    codes.set(code, { team, redirectUri, at: world.settings.now() })
    return code
  }

  const grant = (team: SlackTeam): Wire => {
    team.installation = 'installed'
    world.changed({ kind: 'team', teamId: team.id })
    const rotating = settings.tokenRotation ? { expires_in: 43_200, refresh_token: refreshToken(team) } : {}
    const installer = [...team.people.values()].find(({ isBot }) => !isBot)
    return {
      access_token: team.botToken,
      token_type: 'bot',
      scope: team.scopes === 'all' ? 'app_mentions:read,chat:write,files:read' : [...team.scopes].join(','),
      bot_user_id: team.botUserId,
      app_id: world.settings.appId,
      ...rotating,
      team: { id: team.id, name: team.name },
      enterprise: null,
      is_enterprise_install: false,
      authed_user: { id: installer?.id ?? team.botUserId },
    }
  }

  const refreshToken = (team: SlackTeam): string => {
    const token = `xoxe-1-${randomBytes(16).toString('hex')}`
    refreshTokens.set(token, team)
    return token
  }

  return {
    consent,
    authorize(request) {
      const query = new URL(request.path, 'http://emulated').searchParams
      const redirectUri = query.get('redirect_uri')
      const team = world.teams.get(query.get('team') ?? '') ?? [...world.teams.values()][0]
      if (query.get('client_id') !== settings.clientId || redirectUri === null || !team) {
        return { status: 400, body: 'invalid_client_id, or no redirect_uri' }
      }
      const back = new URL(redirectUri)
      back.searchParams.set('code', consent(team, redirectUri))
      back.searchParams.set('state', query.get('state') ?? '')
      return { status: 302, headers: { location: back.href } }
    },
    access(fields, authorization) {
      const basic = /^Basic (\S+)$/.exec(authorization ?? '')?.[1]
      const [basicId, basicSecret] = Buffer.from(basic ?? '', 'base64')
        .toString()
        .split(':')
      if ((fields.client_id ?? basicId) !== settings.clientId) throw new Refusal('invalid_client_id')
      if ((fields.client_secret ?? basicSecret) !== settings.clientSecret)
        throw new Refusal('bad_client_secret')
      if (fields.grant_type === 'refresh_token') {
        const team = refreshTokens.get(String(fields.refresh_token))
        if (!team) throw new Refusal('invalid_refresh_token')
        refreshTokens.delete(String(fields.refresh_token))
        team.botToken = `xoxe.${freshBotToken(team.id, randomBytes(8).toString('hex'))}`
        return grant(team)
      }
      const code = codes.get(String(fields.code))
      codes.delete(String(fields.code))
      if (!code || world.settings.now() - code.at > CODE_LIFE_MS) throw new Refusal('invalid_code')
      if (code.redirectUri !== undefined && fields.redirect_uri !== code.redirectUri)
        throw new Refusal('bad_redirect_uri')
      return grant(code.team)
    },
  }
}
