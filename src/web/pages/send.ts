import type { FastifyReply } from 'fastify'
import { type Content, render } from './html.ts'
import { layout } from './layout.ts'
import type { Notice, PageContext } from './page-context.ts'

export function sendPage(
  reply: FastifyReply,
  context: PageContext,
  page: { readonly title: string; readonly path: string; readonly body: Content; readonly status?: number },
): FastifyReply {
  return reply
    .code(page.status ?? 200)
    .type('text/html; charset=utf-8')
    .send(render(layout(context, page)))
}

/** A browser that reloads the page after it will not send the form again. */
export function sendTo(reply: FastifyReply, path: string, notice?: Notice): FastifyReply {
  return reply.redirect(notice === undefined ? path : `${path}?notice=${notice}`, 303)
}
