import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import { type FastifyPluginAsyncZod, jsonSchemaTransform } from 'fastify-type-provider-zod'
import type { Gate } from '../actions/gate.ts'
import type { WebParts } from '../parts.ts'
import type { SessionCookie } from '../plugins/session-cookie.ts'
import type { App } from '../request.ts'
import { addAccountRoutes } from './account.ts'
import { addAliasRoutes } from './aliases.ts'
import { addBudgetRoutes } from './budgets.ts'
import { addConfigurationRoutes } from './configuration.ts'
import { addConnectionRoutes } from './connections.ts'
import { addConversationRoutes } from './conversations.ts'
import { addModelRoutes } from './models.ts'
import { addPeopleRoutes } from './people.ts'
import { addQueueRoutes } from './queue.ts'
import { addRecordRoutes } from './records.ts'
import { addRehearsalRoutes } from './rehearsals.ts'
import { addRunRoutes } from './runs.ts'
import { addSessionRoutes } from './session.ts'
import { addSettingsRoutes } from './settings.ts'
import { addUsageRoutes } from './usage.ts'
import { addWorkspaceRoutes } from './workspaces.ts'

const LARGEST_BODY = 256 * 1024

const DOCUMENT: NonNullable<FastifyDynamicSwaggerOptions['openapi']> = {
  openapi: '3.1.0',
  info: {
    title: 'BrainAll',
    version: '1',
    description:
      'What the admin does, as JSON. With a bearer token, or with the cookie and, for changes, ' +
      'the `csrfToken` of `/me` as `x-csrf-token`. Secrets are never given back.',
  },
  servers: [{ url: '/' }],
  components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
  security: [{ bearer: [] }],
}

export async function addApi(app: App, parts: WebParts, gate: Gate, cookie: SessionCookie): Promise<void> {
  const plugin: FastifyPluginAsyncZod = async (api) => {
    await api.register(swagger, { transform: jsonSchemaTransform, openapi: DOCUMENT })
    acceptOnlyJson(api)
    addSessionRoutes(api, parts, gate, cookie)
    addAccountRoutes(api, parts, gate)
    addSettingsRoutes(api, parts)
    addConfigurationRoutes(api, parts)
    addConnectionRoutes(api, parts)
    addWorkspaceRoutes(api, parts)
    addModelRoutes(api, parts)
    addAliasRoutes(api, parts)
    addRehearsalRoutes(api, parts)
    addRecordRoutes(api, parts)
    addConversationRoutes(api, parts)
    addUsageRoutes(api, parts)
    addBudgetRoutes(api, parts)
    addRunRoutes(api, parts)
    addQueueRoutes(api, parts)
    addPeopleRoutes(api, parts, gate, cookie)
    const open = { config: { access: 'public' }, schema: { hide: true } } as const
    api.get('/openapi.json', open, async () => api.swagger())
  }
  await app.register(plugin, { prefix: '/api/v1' })
}

/** Forms of other sites can only send other types. Clients that name JSON and send nothing are understood. */
function acceptOnlyJson(api: App): void {
  const parse = api.getDefaultJsonParser('error', 'error')
  api.removeAllContentTypeParsers()
  api.addContentTypeParser<string>(
    'application/json',
    { parseAs: 'string', bodyLimit: LARGEST_BODY },
    (request, body, done) => (body === '' ? done(null, undefined) : parse(request, body, done)),
  )
}
