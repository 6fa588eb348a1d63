import fastify from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { createGate } from './actions/gate.ts'
import { addPages } from './pages/pages.ts'
import type { WebParts } from './parts.ts'
import { acceptedLanguage } from './plugins/accept-language.ts'
import { addAuthentication } from './plugins/authentication.ts'
import { addFaultAnswers, answerFault } from './plugins/fault-answers.ts'
import { addSecurityHeaders } from './plugins/security-headers.ts'
import { cookie, createSessionCookie } from './plugins/session-cookie.ts'
import type { App } from './request.ts'
import { addApi } from './routes/api.ts'
import { addOperationRoutes } from './routes/operation.ts'
import { addPlatformCalls } from './routes/platform-calls.ts'

/** The whole web room, ready to be listened with. Closing it leaves what it was given open. */
export async function buildWeb(parts: WebParts): Promise<App> {
  const app: App = fastify({
    logger: false,
    // Forwarded addresses are anybody's to write, so only the proxies that the operator names are believed.
    trustProxy: trusted(parts.trustProxy),
    requestTimeout: 15_000,
    keepAliveTimeout: 30_000,
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 5_000 },
    // Of addresses that cannot even be routed; no hook has run by then.
    frameworkErrors: (error, request, reply) => {
      request.language = acceptedLanguage(request.headers['accept-language'])
      return answerFault(parts, error, request, reply)
    },
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: true },
  }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)

  const gate = createGate(parts)
  const sessionCookie = createSessionCookie(parts.publicUrl)
  app.addHook('onClose', async () => gate.live.close())

  await app.register(cookie)
  await addSecurityHeaders(app, parts.publicUrl)
  addFaultAnswers(app, parts)
  addAuthentication(app, parts, gate.live, sessionCookie)
  addOperationRoutes(app, parts)
  await addPlatformCalls(app, parts)
  await addApi(app, parts, gate, sessionCookie)
  await addPages(app, parts, gate, sessionCookie)
  await app.ready()
  return app
}

/** A number counts from the peer that speaks to us. */
function trusted(
  proxies: WebParts['trustProxy'],
): string | false | ((address: string, hop: number) => boolean) {
  return typeof proxies === 'number' ? (_address, hop) => hop < proxies : (proxies ?? false)
}
