import type { WireRequest } from '../faults.ts'
import type { WireAnswer } from '../wire-server.ts'
import { checkArguments, readFields } from './api/arguments.ts'
import type { Backstage, Handler } from './api/call.ts'
import { METHODS, type MethodRules } from './api/method-table.ts'
import { Refusal } from './api/refusal.ts'
import type { SlackTeam, Wire } from './model.ts'
import type { OAuth } from './oauth.ts'
import type { RateLimits } from './rate-limits.ts'

export interface WebApiOptions {
  readonly backstage: Backstage
  readonly handlers: Readonly<Record<string, Handler>>
  readonly appToken: string
  readonly oauth: OAuth
  /** Absent: calls are not counted. */
  readonly rateLimits: RateLimits | undefined
  /** A full `ws://` address for `apps.connections.open`. */
  readonly openConnection: () => string
}

/** Answers `/api/<method>` as Slack does: 200 and `ok`, or 429. */
export function createWebApi(options: WebApiOptions): (request: WireRequest) => WireAnswer {
  const { backstage, handlers } = options
  const { world } = backstage

  const bearer = (request: WireRequest, fields: Wire, isJson: boolean): string => {
    const header = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1]
    const token = header ?? (isJson ? undefined : fields.token)
    if (typeof token !== 'string') throw new Refusal('not_authed')
    return token
  }

  const teamOf = (token: string, method: MethodRules): SlackTeam => {
    if (token === options.appToken) throw new Refusal('not_allowed_token_type')
    const team = [...world.teams.values()].find(({ botToken }) => botToken === token)
    if (!team || team.installation === 'not_installed') throw new Refusal('invalid_auth')
    if (team.installation !== 'installed') throw new Refusal(team.installation)
    const { scopes } = team
    if (scopes !== 'all' && method.scopes.length > 0 && !method.scopes.some((scope) => scopes.has(scope))) {
      throw new Refusal('missing_scope', { needed: method.scopes.join(','), provided: [...scopes].join(',') })
    }
    return team
  }

  const answer = (request: WireRequest): Wire | { retryAfter: number } => {
    const name = /^\/api\/([A-Za-z0-9.]+)(\?|$)/.exec(request.path)?.[1] ?? ''
    const rules = METHODS[name]
    if (!rules) throw new Refusal('unknown_method', { req_method: name })
    const { fields, isJson } = readFields(request)
    if (isJson && !rules.json) throw new Refusal('invalid_form_data')
    if (rules.token === 'none') {
      checkArguments(rules, fields)
      return name === 'oauth.v2.access'
        ? options.oauth.access(fields, request.headers.authorization)
        : { args: fields }
    }
    const token = bearer(request, fields, isJson)
    if (rules.token === 'app') {
      if (token !== options.appToken) {
        throw new Refusal(token.startsWith('xapp-') ? 'invalid_auth' : 'not_allowed_token_type')
      }
      checkArguments(rules, fields)
      return { url: options.openConnection() }
    }
    const team = teamOf(token, rules)
    if (fields.team_id !== undefined && fields.team_id !== team.id)
      throw new Refusal('team_access_not_granted')
    const channel = typeof fields.channel === 'string' ? fields.channel : undefined
    const retryAfter = options.rateLimits?.take({ teamId: team.id, method: name, tier: rules.tier, channel })
    if (retryAfter !== undefined) return { retryAfter }
    const args = checkArguments(rules, fields)
    const handler = handlers[name]
    if (!handler) throw new Refusal('unknown_method', { req_method: name })
    return handler({ ...backstage, method: name, team, args })
  }

  return (request) => {
    world.expire()
    try {
      const result = answer(request)
      if ('retryAfter' in result && typeof result.retryAfter === 'number') {
        const headers = { 'retry-after': String(result.retryAfter) }
        return { status: 429, headers, body: { ok: false, error: 'ratelimited' } }
      }
      return { status: 200, body: { ok: true, ...result } }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return { status: 200, body: { ok: false, error: error.code, ...error.details } }
    }
  }
}
