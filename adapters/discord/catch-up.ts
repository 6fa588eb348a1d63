import {
  type APIChannel,
  ChannelType,
  type Client,
  type GatewayGuildCreateDispatchData,
  type RESTGetAPIChannelMessagesResult,
  Routes,
} from 'discord.js'
import { HubError } from '../../src/model/errors.ts'
import type { Logger } from '../../src/ports/logger.ts'
import type { SaidMessage } from './decode.ts'
import { asPlatformError } from './errors.ts'
import type { Surroundings } from './surroundings.ts'

const PAGE = 100
const MAX_PAGES = 20
const CALL_LIMIT_MS = 60_000

const READABLE: ReadonlySet<ChannelType> = new Set([
  ChannelType.GuildText,
  ChannelType.GuildVoice,
  ChannelType.GuildAnnouncement,
  ChannelType.GuildStageVoice,
  ChannelType.AnnouncementThread,
  ChannelType.PublicThread,
  ChannelType.PrivateThread,
])

/** Channels and threads of a guild in which something was said after an id, the latest first. */
export function channelsWithNews(guild: GatewayGuildCreateDispatchData, after: bigint): string[] {
  const listed: APIChannel[] = [...guild.channels, ...guild.threads]
  return listed
    .flatMap((channel) => {
      const last = 'last_message_id' in channel ? channel.last_message_id : undefined
      return READABLE.has(channel.type) && last && BigInt(last) > after ? [{ id: channel.id, last }] : []
    })
    .sort((a, b) => (BigInt(b.last) > BigInt(a.last) ? 1 : -1))
    .map(({ id }) => id)
}

/** What was said in a channel after an id, oldest first, without what the bot has visibly answered. */
export async function missedMessages(
  client: Client,
  { channelId, guildId }: { readonly channelId: string; readonly guildId: string | undefined },
  after: bigint,
  { around, log, signal }: { around: Surroundings; log: Logger; signal: AbortSignal },
): Promise<SaidMessage[]> {
  const channel = client.channels.cache.get(channelId)
  // Asking where the bot may not look counts towards Discord's ban for refused requests.
  if (channel && 'viewable' in channel && !channel.viewable) return []
  const found: SaidMessage[] = []
  let last = after
  for (let page = 1; ; page++) {
    const query = new URLSearchParams({ after: last.toString(), limit: String(PAGE) })
    const messages = await readPage(client, channelId, query, signal)
    const inOrder = messages.toSorted((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1))
    found.push(...inOrder.map((one) => (guildId === undefined ? one : { ...one, guild_id: guildId })))
    const newest = inOrder.at(-1)
    if (newest === undefined || messages.length < PAGE) break
    last = BigInt(newest.id)
    if (page === MAX_PAGES) {
      log.warn({ channelId, read: found.length }, 'more was said while away than is read again')
      break
    }
  }
  const answered = new Set(
    found
      .filter(({ author }) => author.id === around.botId)
      .map(({ message_reference: reference }) => reference?.message_id),
  )
  return found.filter(({ id }) => !answered.has(id))
}

async function readPage(
  client: Client,
  channelId: string,
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<RESTGetAPIChannelMessagesResult> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(CALL_LIMIT_MS)])
  try {
    // The SDK types no answers; this is the route's documented one.
    return (await client.rest.get(Routes.channelMessages(channelId), {
      query,
      signal: limit,
    })) as RESTGetAPIChannelMessagesResult
  } catch (error) {
    const failure = asPlatformError(error)
    throw failure.code === 'platform_unauthorized'
      ? new HubError('platform_unreachable', failure.message, { retry: { kind: 'later' } })
      : failure
  }
}
