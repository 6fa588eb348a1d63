import {
  type APIInteraction,
  type Client,
  type GatewayDispatchPayload,
  type GatewayGuildCreateDispatchData,
  type GatewayReadyDispatchData,
  InteractionResponseType,
} from 'discord.js'
import { asHubError, HubError } from '../../src/model/errors.ts'
import { externalId } from '../../src/model/ids.ts'
import type { InboundEvent, InboundPerson, InboundWorkspace } from '../../src/model/inbound.ts'
import type { Ingest, ReceiverContext } from '../../src/ports/receiver.ts'
import { channelsWithNews, missedMessages } from './catch-up.ts'
import { commandDefinitions, registerCommands } from './commands.ts'
import { DIRECT_WORKSPACE, decodeDeletion, decodeEdit, decodeMessage, type SaidMessage } from './decode.ts'
import { asPlatformError } from './errors.ts'
import { accountName } from './identify.ts'
import { decodeInteraction } from './interactions.ts'
import { createLanes } from './lanes.ts'
import { persist } from './persist.ts'
import type { Hold, Position } from './position.ts'
import { deferCommand, releaseButton, respond } from './respond.ts'
import { runModal } from './run-modal.ts'
import { snowflakeAt } from './snowflake.ts'
import { type Surroundings, surroundingsOf } from './surroundings.ts'

const MAX_WAITING_EVENTS = 5_000
const MAX_CAUGHT_UP_CHANNELS = 200
/** What was said longer ago is not answered any more; a restored backup begins there too. */
const MAX_GAP_MS = 24 * 60 * 60 * 1000
const MAX_KNOWN_AUTHORS = 5_000

interface IntakeParts {
  readonly context: ReceiverContext
  readonly position: Position
  readonly signal: AbortSignal
  readonly applicationId: string | undefined
  readonly readsContent: boolean
}

/** Guilds that a shard's READY announced, with the position at that time. */
interface Arrival {
  readonly after: bigint
  readonly guilds: Set<string>
  readonly release: () => void
}

/** Takes the gateway's events in: in order within a channel, channels in parallel. */
export function createIntake({ context, position, signal, applicationId, readsContent }: IntakeParts) {
  const { log, report, say, connectionId } = context
  const lanes = createLanes(MAX_WAITING_EVENTS)
  const failed = Promise.withResolvers<never>()
  const arrivals = new Map<number, Arrival>()
  const authors = new Map<string, InboundPerson>()
  let around: Surroundings | undefined
  let account = ''
  let commandsDone = false
  let channelsLeft = MAX_CAUGHT_UP_CHANNELS

  const workspaces = new Map<string, InboundWorkspace>([['direct', DIRECT_WORKSPACE]])
  const connected = (): void => report({ kind: 'connected', account, workspaces: [...workspaces.values()] })

  const add = (lane: string, work: () => Promise<void>): void => {
    const guarded = () => work().catch((error: unknown) => failed.reject(asHubError(error)))
    if (lanes.add(lane, guarded)) return
    failed.reject(
      new HubError('intake_overflow', 'too many events wait to be stored', { retry: { kind: 'later' } }),
    )
  }

  const take = async (event: InboundEvent, acknowledge?: Parameters<Ingest>[1]): Promise<boolean> =>
    await persist(() => context.ingest(event, acknowledge), {
      log,
      signal,
      what: { eventId: event.eventId, kind: event.kind },
    })

  const takeMessage = async (message: SaidMessage, place: Surroundings): Promise<void> => {
    const event = decodeMessage(message, place)
    if (!event) return
    authors.set(message.id, event.person)
    const [oldest] = authors.keys()
    if (authors.size > MAX_KNOWN_AUTHORS && oldest !== undefined) authors.delete(oldest)
    // First: a process that dies after it would leave nobody who knows where to look for the next.
    if (event.channel.kind === 'direct') await position.noteDirect(message.channel_id)
    await take(event)
  }

  /** Keeps the position before a message until it is stored; a stop leaves it there for the next start. */
  const held = (shardId: number, id: bigint, work: (move: Hold['move']) => Promise<void>) => {
    const hold = position.hold(shardId, id)
    return async (): Promise<void> => {
      await work(hold.move)
      if (!signal.aborted) hold.release()
    }
  }

  const catchUp = (
    client: Client,
    place: Surroundings,
    where: { channelId: string; guildId: string | undefined; shardId: number },
    after: bigint,
  ): void => {
    channelsLeft -= 1
    if (channelsLeft < 0) {
      if (channelsLeft === -1)
        log.warn({}, 'something was said in more channels than are read again after an absence')
      return
    }
    const work = async (move: Hold['move']): Promise<void> => {
      const what = { channelId: where.channelId }
      const read = async (): Promise<void> => {
        const missed = await missedMessages(client, where, after, { around: place, log, signal })
        for (const message of missed) {
          if (signal.aborted) return
          await takeMessage(message, place)
          move(BigInt(message.id))
        }
      }
      const done = await persist(read, { log, signal, what })
      if (!done && !signal.aborted && where.guildId === undefined) position.forgetDirect(where.channelId)
    }
    add(where.channelId, held(where.shardId, after, work))
  }

  const register = async (client: Client, id: string): Promise<void> => {
    try {
      commandsDone = true
      await registerCommands(client.rest, id, commandDefinitions(say), signal)
    } catch (error) {
      commandsDone = false
      if (!signal.aborted)
        log.warn({ err: asPlatformError(error) }, 'the slash commands could not be registered')
    }
  }

  const onReady = (client: Client, ready: GatewayReadyDispatchData, shardId: number): Surroundings => {
    const self = { connectionId, applicationId: applicationId ?? ready.application.id, botId: ready.user.id }
    const place = surroundingsOf(client, self)
    const tag = accountName(ready.user)
    account = readsContent ? tag : `${tag} (reads only what mentions it, without the message content intent)`
    connected()
    const oldest = snowflakeAt(Date.now() - MAX_GAP_MS)
    position.divide(ready.shard?.[1] ?? 1)
    const safe = position.safe(shardId)
    // biome-ignore lint/complexity/useMathMinMax: Math.max takes no bigint
    const after = oldest > safe ? oldest : safe
    arrivals.get(shardId)?.release()
    arrivals.set(shardId, {
      after,
      guilds: new Set(ready.guilds.map(({ id }) => id)),
      release: position.hold(shardId, after).release,
    })
    channelsLeft = MAX_CAUGHT_UP_CHANNELS
    // Direct messages belong to shard 0.
    if (shardId === 0)
      for (const channelId of position.directs)
        catchUp(client, place, { channelId, guildId: undefined, shardId }, after)
    if (!commandsDone) void register(client, self.applicationId)
    return place
  }

  const onGuild = (
    client: Client,
    place: Surroundings,
    guild: GatewayGuildCreateDispatchData,
    shardId: number,
  ): void => {
    workspaces.set(guild.id, { externalId: externalId(guild.id), name: guild.name })
    const arrival = arrivals.get(shardId)
    if (!arrival?.guilds.delete(guild.id)) {
      // The bot was added while connected.
      connected()
      return
    }
    for (const channelId of channelsWithNews(guild, arrival.after))
      catchUp(client, place, { channelId, guildId: guild.id, shardId }, arrival.after)
    if (arrival.guilds.size > 0) return
    arrivals.delete(shardId)
    arrival.release()
    connected()
  }

  const onDeletion = (
    deleted: { readonly id: string; readonly channel_id: string; readonly guild_id?: string },
    place: Surroundings,
  ): void => {
    const author = authors.get(deleted.id)
    authors.delete(deleted.id)
    add(deleted.channel_id, async () => void (await take(decodeDeletion(deleted, author, place))))
  }

  const onInteraction = ({ rest }: Client, interaction: APIInteraction, place: Surroundings): void => {
    const decoded = decodeInteraction(interaction, place)
    if (!decoded) return
    if (decoded.kind === 'open-modal') {
      const locale = 'locale' in interaction ? interaction.locale : 'en-US'
      const data = runModal(say, locale, decoded.language)
      respond(rest, interaction, { type: InteractionResponseType.Modal, data }).catch((error: unknown) =>
        log.warn({ err: asHubError(error) }, 'the dialog for code could not be opened'),
      )
      return
    }
    const { event } = decoded
    const acknowledge = event.kind === 'action' ? releaseButton : deferCommand
    // A lane of their own: Discord waits three seconds, a channel's history may take longer.
    add(`interactions ${event.channel.externalId}`, async () => {
      await take(event, (outcome) => acknowledge(rest, interaction, outcome))
    })
  }

  const handle = (client: Client, { t: type, d: data }: GatewayDispatchPayload, shardId: number): void => {
    if (type === 'READY') {
      around = onReady(client, data, shardId)
      return
    }
    const place = around
    if (!place) return
    if (type === 'RESUMED') connected()
    else if (type === 'GUILD_CREATE') onGuild(client, place, data, shardId)
    else if (type === 'MESSAGE_CREATE') {
      const work = held(shardId, BigInt(data.id), () => takeMessage(data, place))
      add(data.channel_id, work)
    } else if (type === 'MESSAGE_UPDATE') {
      const event = decodeEdit(data, place)
      if (event) add(data.channel_id, async () => void (await take(event)))
    } else if (type === 'MESSAGE_DELETE') onDeletion(data, place)
    else if (type === 'MESSAGE_DELETE_BULK') {
      const { ids, ...where } = data
      for (const id of ids) onDeletion({ id, ...where }, place)
    } else if (type === 'INTERACTION_CREATE') onInteraction(client, data, place)
  }

  // Without a listener the rejection would end the process.
  failed.promise.catch(() => undefined)
  return {
    failed: failed.promise,
    onReconnecting: () => report({ kind: 'connecting' }),
    onEvent(client: Client, event: GatewayDispatchPayload, shardId: number): void {
      try {
        handle(client, event, shardId)
      } catch (error) {
        log.error({ err: asHubError(error), type: event.t }, 'an event of Discord made no sense')
      }
    },
  }
}
