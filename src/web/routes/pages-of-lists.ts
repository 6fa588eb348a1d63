import type { FastifyReply, FastifyRequest } from 'fastify'

export const paged = 'A page at a time; the `Link` header with `rel="next"` names the next one'

/** Names the page after the one that ends with `last`; undefined: there is none. */
export function linkTo(request: FastifyRequest, reply: FastifyReply, last: string | undefined): void {
  if (last === undefined) return
  const url = new URL(request.url, 'http://hub')
  url.searchParams.set('after', last)
  reply.header('link', `<${url.pathname}${url.search}>; rel="next"`)
}

/** For lists that end where a page is not full. */
export function linkNext(
  request: FastifyRequest,
  reply: FastifyReply,
  list: readonly { readonly id: string }[],
  limit: number,
): void {
  linkTo(request, reply, list.length < limit ? undefined : list.at(-1)?.id)
}
