import { LogService, MatrixClient, MemoryStorageProvider } from 'matrix-bot-sdk'

for (const name of ['MatrixHttpClient', 'MatrixClient', 'MatrixClientLite']) LogService.muteModule(name)

export interface BotEvent {
  readonly event_id: string
  readonly type: string
  readonly sender: string
  readonly content: Record<string, unknown>
  readonly redacts?: string
  readonly unsigned: Record<string, unknown>
}

interface RoomSync {
  readonly timeline: { readonly events: BotEvent[]; readonly limited: boolean; readonly prev_batch: string }
  readonly ephemeral: { readonly events: { readonly type: string; readonly content: unknown }[] }
}

export interface SyncAnswer {
  readonly next_batch: string
  readonly rooms: { readonly join: Record<string, RoomSync> }
}

export interface Bot {
  readonly client: MatrixClient
  readonly seen: BotEvent[]
  readonly invites: string[]
  readonly joins: string[]
  readonly leaves: string[]
  /** Raw answers to /sync, for what the SDK does not pass on. */
  readonly syncs: SyncAnswer[]
  stop(): void
}

/** The unmodified SDK with everything it gives out written down; not started. */
export function openBot(url: string, accessToken: string): Bot {
  const syncs: SyncAnswer[] = []
  class WatchedClient extends MatrixClient {
    protected override async doSync(token: string) {
      const answer: SyncAnswer = await super.doSync(token)
      syncs.push(answer)
      return answer
    }
  }
  const client = new WatchedClient(url, accessToken, new MemoryStorageProvider())
  const bot: Bot = {
    client,
    seen: [],
    invites: [],
    joins: [],
    leaves: [],
    syncs,
    stop: () => client.stop(),
  }
  client.on('room.event', (_roomId: string, event: BotEvent) => bot.seen.push(event))
  client.on('room.invite', (roomId: string) => bot.invites.push(roomId))
  client.on('room.join', (roomId: string) => bot.joins.push(roomId))
  client.on('room.leave', (roomId: string) => bot.leaves.push(roomId))
  return bot
}
