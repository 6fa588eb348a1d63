import { z } from 'zod'
import type { AdminId } from '../../model/ids.ts'
import type { Member } from '../../ports/people-store.ts'
import type { Gate } from '../actions/gate.ts'
import {
  changeRole,
  invite,
  inviteSchema,
  join,
  joinSchema,
  makeLink,
  removeMember,
  roleSchema,
} from '../actions/people.ts'
import { joinUrl } from '../join-url.ts'
import type { WebParts } from '../parts.ts'
import type { SessionCookie } from '../plugins/session-cookie.ts'
import { type App, sessionOf, visitorOf } from '../request.ts'
import { madeLinkShape, memberShape } from './record-shapes.ts'
import { errorShape, idOf, tokenAnswer, tokenShape } from './shapes.ts'

/** Who may use the admin: for every admin to read, for owners to change. */
export function addPeopleRoutes(api: App, parts: WebParts, gate: Gate, cookie: SessionCookie): void {
  const config = { access: 'owners' } as const
  const params = z.object({ id: idOf<AdminId>() })

  api.get(
    '/people',
    {
      config,
      schema: {
        summary: 'Who may use the admin, oldest first',
        response: { 200: z.array(memberShape), '4xx': errorShape },
      },
    },
    async () => (await parts.people.list()).map(memberAnswer),
  )

  api.post(
    '/people',
    {
      config,
      schema: {
        summary: 'Invite somebody; owners only. The link is to be handed over, no mail is sent',
        body: inviteSchema,
        response: { 201: madeLinkShape, '4xx': errorShape },
      },
    },
    async (request, reply) => {
      const { member, token } = await invite(parts, request.body, sessionOf(request).admin)
      return reply.code(201).send({ person: memberAnswer(member), link: joinUrl(parts, request, token) })
    },
  )

  api.post(
    '/people/:id/link',
    {
      config,
      schema: {
        summary: 'A fresh link for who lost theirs or forgot the password; owners only',
        description: 'Ends their password, sessions and earlier link',
        params,
        response: { 201: madeLinkShape, '4xx': errorShape },
      },
    },
    async (request, reply) => {
      const { member, token } = await makeLink(parts, gate, request.params.id, sessionOf(request).admin)
      return reply.code(201).send({ person: memberAnswer(member), link: joinUrl(parts, request, token) })
    },
  )

  api.patch(
    '/people/:id',
    {
      config,
      schema: {
        summary: 'Change what somebody may do; owners only',
        params,
        body: roleSchema,
        response: { 200: memberShape, '4xx': errorShape },
      },
    },
    async (request) => {
      const { admin } = sessionOf(request)
      return memberAnswer(await changeRole(parts, gate, request.params.id, request.body, admin))
    },
  )

  api.delete(
    '/people/:id',
    {
      config,
      schema: {
        summary: 'Remove somebody and end their sessions; owners only',
        params,
        response: { 204: z.undefined().describe('Done'), '4xx': errorShape },
      },
    },
    async (request, reply) => {
      await removeMember(parts, gate, request.params.id, sessionOf(request).admin)
      return reply.code(204).send()
    },
  )

  api.post(
    '/join',
    {
      config: { access: 'door' },
      schema: {
        summary: 'Choose a password by a link, and log in',
        security: [],
        body: joinSchema,
        response: { 201: tokenShape, '4xx': errorShape },
      },
    },
    async (request, reply) => {
      const session = await join(parts, gate, request.body, request.language, visitorOf(request))
      cookie.write(reply, session)
      return reply.code(201).send(tokenAnswer(session))
    },
  )
}

function memberAnswer(member: Member): z.infer<typeof memberShape> {
  const { id, email, role, createdAt, linkUntil, lastLogInAt } = member
  return {
    id,
    email,
    name: member.name ?? null,
    workspaces: [...member.workspaces],
    role,
    createdAt: createdAt.toISOString(),
    linkUntil: linkUntil?.toISOString() ?? null,
    lastLogInAt: lastLogInAt?.toISOString() ?? null,
  }
}
