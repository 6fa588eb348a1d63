import {
  answerInteraction,
  editResponse,
  followedInteraction,
  followUp,
  responseMessage,
} from './callbacks.ts'
import { deleteMessage } from './message-log.ts'
import type { BucketLimit } from './rate-limit.ts'
import type { Route } from './rest.ts'
import type { RestCall } from './rest-call.ts'
import { messageJson } from './wire-message.ts'
import type { World } from './world.ts'

const webhook = '/webhooks/{webhook_id}/{webhook_token}'
const limit: BucketLimit = { limit: 5, windowMs: 2000 }

/** Routes that need no bot token: the interaction's own token is in the path. */
export function interactionRoutes(world: World): Route[] {
  const show = (call: RestCall, id: string) =>
    messageJson(world, responseMessage(world, followedInteraction(world, call), id))
  const onMessage = (
    method: string,
    answer: (call: RestCall, id: string) => ReturnType<Route['handle']>,
  ): Route[] => [
    {
      method,
      template: `${webhook}/messages/@original`,
      auth: 'token',
      limit,
      handle: (call) => answer(call, '@original'),
    },
    {
      method,
      template: `${webhook}/messages/{message_id}`,
      auth: 'token',
      limit,
      handle: (call) => answer(call, call.param('message_id')),
    },
  ]

  return [
    {
      method: 'POST',
      template: '/interactions/{interaction_id}/{interaction_token}/callback',
      auth: 'token',
      handle: (call) => {
        const { interaction, type, message } = answerInteraction(world, call)
        if (call.query.get('with_response') !== 'true') return { status: 204 }
        return {
          status: 200,
          body: {
            interaction: {
              id: interaction.id,
              type: interaction.type,
              channel_id: interaction.channelId,
              guild_id: interaction.guildId,
              response_message_id: message?.id,
              response_message_loading: message && (message.flags & 128) !== 0,
              response_message_ephemeral: message && message.ephemeralFor !== undefined,
            },
            ...(message ? { resource: { type, message: messageJson(world, message) } } : {}),
          },
        }
      },
    },
    {
      method: 'POST',
      template: webhook,
      auth: 'token',
      limit,
      handle: (call) => ({
        status: 200,
        body: messageJson(world, followUp(world, followedInteraction(world, call), call)),
      }),
    },
    ...onMessage('GET', (call, id) => ({ status: 200, body: show(call, id) })),
    ...onMessage('PATCH', (call, id) => ({
      status: 200,
      body: messageJson(world, editResponse(world, followedInteraction(world, call), id, call)),
    })),
    ...onMessage('DELETE', (call, id) => {
      deleteMessage(world, responseMessage(world, followedInteraction(world, call), id))
      return { status: 204 }
    }),
  ]
}
