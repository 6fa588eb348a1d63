import type { FastifyReply, FastifyRequest } from 'fastify'
import { asFault, WebFault } from '../fault.ts'
import { faultPage } from '../pages/fault-page.ts'
import type { WebParts } from '../parts.ts'
import { type App, isPage } from '../request.ts'

/** Every refusal leaves here, as JSON or, under `/admin`, as a page. */
export function addFaultAnswers(app: App, parts: WebParts): void {
  app.setErrorHandler((error, request, reply) => answerFault(parts, error, request, reply))
  app.setNotFoundHandler((request, reply) => answerFault(parts, new WebFault('not_found'), request, reply))
}

export function answerFault(parts: WebParts, error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const fault = asFault(error)
  if (fault.status >= 500) {
    const route = `${request.method} ${request.routeOptions.url ?? ''}`
    parts.log.error({ err: error, route }, 'a request failed')
  }
  if (fault.code === 'unauthenticated') reply.header('www-authenticate', 'Bearer')
  if (fault.retryAfterMs !== undefined)
    reply.header('retry-after', Math.max(1, Math.ceil(fault.retryAfterMs / 1000)))
  if (!isPage(request)) return reply.code(fault.status).send(faultBody(parts, request, fault))
  if (fault.code === 'unauthenticated') {
    const next = request.method === 'GET' ? `?next=${encodeURIComponent(request.url)}` : ''
    return reply.redirect(`/admin/login${next}`, 303)
  }
  if (fault.code === 'elsewhere') return reply.redirect('/admin/workspaces', 303)
  return reply
    .code(fault.status)
    .type('text/html; charset=utf-8')
    .send(faultPage(parts, request, fault))
}

function faultBody(parts: WebParts, { language }: FastifyRequest, fault: WebFault) {
  const fields = Object.entries(fault.fields).map(([name, sentence]) => [name, parts.say(sentence, language)])
  return {
    error: {
      code: fault.code,
      message: parts.say(fault.sentence, language),
      ...(fields.length === 0 ? {} : { fields: Object.fromEntries(fields) }),
    },
  }
}
