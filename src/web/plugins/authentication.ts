import type { FastifyRequest } from 'fastify'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import { type App, sessionOf } from '../request.ts'
import type { LiveSessions } from '../sessions/live-sessions.ts'
import { acceptedLanguage } from './accept-language.ts'
import type { SessionCookie } from './session-cookie.ts'

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** The one place that says who may do what; routes only name exceptions. */
export function addAuthentication(
  app: App,
  { publicUrl }: Pick<WebParts, 'publicUrl'>,
  live: LiveSessions,
  cookie: SessionCookie,
): void {
  app.decorateRequest('session', undefined)
  app.decorateRequest('byBearer', false)
  app.decorateRequest('language', 'en')

  app.addHook('onRequest', async (request) => {
    request.language = acceptedLanguage(request.headers['accept-language'])
    const { access } = request.routeOptions.config
    // Without a look into the database, so that these answer while it is down.
    if (request.is404 || access === 'public') return
    const bearer = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    const token = bearer ?? cookie.read(request)
    request.byBearer = bearer !== undefined
    request.session = token === undefined ? undefined : await live.find(token)
    if (request.session !== undefined && !request.byBearer) request.language = request.session.admin.language

    const changes = !SAFE_METHODS.has(request.method)
    if (changes && !request.byBearer && !sameOrigin(request, publicUrl)) throw new WebFault('cross_site')
    if (access === 'door') return
    const { admin } = sessionOf(request)
    if (!changes || access === 'own') return
    if (access === 'owners' && admin.role !== 'owner') throw new WebFault('owners_only')
    if (admin.role === 'viewer') throw new WebFault('forbidden')
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
