import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { WebFault } from '../fault.ts'
import type { ReceiverPath, WebParts } from '../parts.ts'
import type { App } from '../request.ts'

const LARGEST_BODY = 1024 * 1024

/** Where platforms call us. Receivers verify the exact bytes, so nothing here parses them. */
export async function addPlatformCalls(app: App, { receiversHttp }: WebParts): Promise<void> {
  const plugin: FastifyPluginAsyncZod = async (calls) => {
    calls.removeAllContentTypeParsers()
    calls.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

    const pass = async (path: ReceiverPath, request: FastifyRequest, reply: FastifyReply) => {
      const answer = await receiversHttp(path, {
        method: request.method,
        url: request.url,
        headers: flatHeaders(request),
        rawBody: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
      })
      if (answer === undefined) throw new WebFault('not_found')
      return reply
        .code(answer.status)
        .headers({ ...answer.headers })
        .send(answer.body ?? '')
    }
    const options = { bodyLimit: LARGEST_BODY, config: { access: 'public' } } as const

    calls.post('/slack/events', options, (request, reply) => pass({ kind: 'slack' }, request, reply))
    calls.post(
      '/telegram/:connection',
      { ...options, schema: { params: z.object({ connection: z.string().regex(/^[\w.-]{1,100}$/) }) } },
      (request, reply) => pass({ kind: 'telegram', slug: request.params.connection }, request, reply),
    )
  }
  await app.register(plugin)
}

function flatHeaders({ headers }: FastifyRequest): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  )
}
