import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { WorkspaceId } from '../../model/ids.ts'
import type { OwnedThing } from '../../ports/confinement.ts'
import type { ApiScope, LiveSession } from '../../ports/session-store.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import { type App, sessionOf } from '../request.ts'
import type { LiveSessions } from '../sessions/live-sessions.ts'
import { acceptedLanguage } from './accept-language.ts'
import type { SessionCookie } from './session-cookie.ts'
import { WORKSPACE_ROUTES } from './workspace-routes.ts'

const idParams = z.object({ id: z.uuid() })

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** The one place that says who may do what; routes only name exceptions. */
export function addAuthentication(
  app: App,
  { publicUrl, confinement }: Pick<WebParts, 'publicUrl' | 'confinement'>,
  live: LiveSessions,
  cookie: SessionCookie,
): void {
  app.decorateRequest('session', undefined)
  app.decorateRequest('byBearer', false)
  app.decorateRequest('language', 'en')

  app.addHook('onRequest', async (request, reply) => {
    request.language = acceptedLanguage(request.headers['accept-language'])
    const { access } = request.routeOptions.config
    // Without a look into the database, so that these answer while it is down.
    if (request.is404 || access === 'public') return
    const bearer = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    const token = bearer ?? cookie.read(request)
    request.byBearer = bearer !== undefined
    request.session = token === undefined ? undefined : await live.find(token)
    if (request.session === undefined && bearer === undefined) {
      const refresh = cookie.readRefresh(request)
      const renewed = refresh === undefined ? undefined : await live.renew(refresh)
      if (renewed !== undefined) {
        request.session = renewed.session
        cookie.write(reply, renewed.opened)
      }
    }
    if (request.session !== undefined && !request.byBearer) request.language = request.session.admin.language

    const changes = !SAFE_METHODS.has(request.method)
    if (changes && !request.byBearer && !sameOrigin(request, publicUrl)) throw new WebFault('cross_site')
    if (access === 'door') return
    const session = sessionOf(request)
    mustBeInScope(request, session, changes)
    const { admin, workspaces } = session
    if (access === 'own') return
    if (workspaces !== undefined) return mustOwn(request, workspaces)
    if (access === 'owners only' && admin.role !== 'owner') throw new WebFault('owners_only')
    if (!changes) return
    if (access === 'owners' && admin.role !== 'owner') throw new WebFault('owners_only')
    if (admin.role === 'viewer') throw new WebFault('forbidden')
  })

  const placeOf = ({ method, routeOptions }: FastifyRequest) =>
    WORKSPACE_ROUTES.get(`${method === 'HEAD' ? 'GET' : method} ${routeOptions.url}`)

  /** What the server forgot to ask, the database refuses. */
  const mustOwn = async (request: FastifyRequest, workspaces: readonly WorkspaceId[]): Promise<void> => {
    const kind = placeOf(request)
    if (kind === undefined && request.routeOptions.url === '/admin') throw new WebFault('elsewhere')
    if (kind === undefined || confinement.unavailable !== undefined) throw new WebFault('not_yours')
    if (kind === 'rows') return
    const { data } = idParams.safeParse(request.params)
    const owner = data && (await confinement.ownerOf({ kind, id: data.id } as OwnedThing))
    if (owner === undefined || !workspaces.includes(owner)) throw new WebFault('not_found')
  }

  app.addHook('preHandler', (request, _reply, done) => {
    const workspaces = request.session?.workspaces
    if (workspaces === undefined || placeOf(request) === undefined) done()
    else confinement.within(workspaces, done)
  })

  // A form carries its token in the body, so this waits until that is read.
  app.addHook('preValidation', async (request) => {
    const { access } = request.routeOptions.config
    if (SAFE_METHODS.has(request.method) || request.byBearer || request.is404) return
    if (access === 'public' || access === 'door') return
    const given = request.headers['x-csrf-token'] ?? Object(request.body)._csrf
    if (!live.formTokenFits(sessionOf(request).id, given)) throw new WebFault('cross_site')
  })
}

/** By the first word of an address below `/api/v1`, or the last one; what is not named is for people only. */
const SCOPES: Readonly<Record<string, ApiScope>> = {
  settings: 'settings',
  hub: 'settings',
  channels: 'settings',
  workspaces: 'settings',
  ceilings: 'settings',
  configuration: 'settings',
  rehearsals: 'settings',
  'model-servers': 'models',
  models: 'models',
  connections: 'connections',
  turns: 'work',
  people: 'people',
}

/** Tokens for programs open the API, for what they were made for, and nothing that is a person's own. */
function mustBeInScope({ routeOptions }: FastifyRequest, { scopes }: LiveSession, changes: boolean): void {
  if (scopes === undefined) return
  const { access, forTokens = false } = routeOptions.config
  const url = routeOptions.url ?? ''
  if (!url.startsWith('/api/v1/') || (access === 'own' && !forTokens)) throw new WebFault('scope_missing')
  if (!changes) {
    if (!scopes.includes('read')) throw new WebFault('scope_missing')
    return
  }
  const words = url.slice('/api/v1/'.length).split('/')
  const scope = SCOPES[words.at(-1) ?? ''] ?? SCOPES[words[0] ?? '']
  if (scope === undefined || !scopes.includes(scope)) throw new WebFault('scope_missing')
}

/**
 * Browsers name the origin with every request that changes something; where neither header is there, no
 * browser asks. The scheme is taken from the origin: behind a proxy we do not see which it was.
 */
function sameOrigin({ headers }: FastifyRequest, publicUrl: string | undefined): boolean {
  const { origin, host } = headers
  if (origin !== undefined) {
    if (!URL.canParse(origin)) return false
    const { protocol } = new URL(origin)
    return [`${protocol}//${host}`, publicUrl].some((own) => own !== undefined && originOf(own) === origin)
  }
  const site = headers['sec-fetch-site']
  return site === undefined || site === 'same-origin' || site === 'none'
}

function originOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).origin : undefined
}
