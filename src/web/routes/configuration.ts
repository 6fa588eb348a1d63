import { z } from 'zod'
import { exportConfiguration, importConfiguration } from '../../core/configuration.ts'
import { configurationSchema } from '../../model/configuration.ts'
import { asHubError } from '../../model/errors.ts'
import { actorOf } from '../actions/actor.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import { type App, sessionOf } from '../request.ts'
import { errorShape } from './shapes.ts'

const changesShape = z.array(
  z.object({
    place: z.string(),
    setting: z.string(),
    before: z.unknown().describe('null: inherited'),
    after: z.unknown(),
  }),
)

export function addConfigurationRoutes(api: App, parts: WebParts): void {
  api.get(
    '/configuration',
    {
      schema: {
        summary: 'All settings as one document, to be kept elsewhere',
        response: { 200: configurationSchema, '4xx': errorShape },
      },
    },
    async () => exportConfiguration(parts.settings),
  )
  api.put(
    '/configuration',
    {
      schema: {
        summary: 'Set the places that the document names to just what it says',
        querystring: z.object({ dryRun: z.stringbool().default(false).describe('Only show the difference') }),
        body: configurationSchema,
        response: { 200: z.object({ changes: changesShape }), '4xx': errorShape },
      },
    },
    async (request) => {
      const apply = !request.query.dryRun
      const actor = actorOf(sessionOf(request).admin)
      const changes = await importConfiguration(parts.settings, request.body, { apply, actor }).catch(
        (error: unknown) => {
          if (asHubError(error).code !== 'unknown_place') throw error
          throw new WebFault('unknown_place', { cause: error })
        },
      )
      if (apply && changes.length > 0) await parts.signals.publish('settings', 'hub')
      return {
        changes: changes.map(({ before, after, ...change }) => ({
          ...change,
          before: before ?? null,
          after: after ?? null,
        })),
      }
    },
  )
}
