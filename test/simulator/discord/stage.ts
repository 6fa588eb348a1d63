import { Client, GatewayIntentBits, Partials } from 'discord.js'
import {
  type DiscordEmulator,
  type DiscordEmulatorOptions,
  startDiscordEmulator,
} from '../../../src/simulator/discord/index.ts'

const intents = [
  GatewayIntentBits.Guilds,
  GatewayIntentBits.GuildMessages,
  GatewayIntentBits.GuildMessageReactions,
  GatewayIntentBits.DirectMessages,
  GatewayIntentBits.MessageContent,
]

/** Opens emulators and real clients for one test file, and closes all of them. */
export function createStage() {
  const open: { close(): Promise<unknown> }[] = []

  const client = async (
    discord: DiscordEmulator,
    wanted: readonly GatewayIntentBits[] = intents,
  ): Promise<Client<true>> => {
    const made = new Client({
      intents: [...wanted],
      partials: [Partials.Channel, Partials.Message],
      rest: { api: discord.apiUrl, retries: 0 },
      allowedMentions: { parse: [], repliedUser: false },
    })
    open.push({ close: () => made.destroy() })
    const ready = new Promise<Client<true>>((resolve) => made.once('clientReady', resolve))
    await made.login(discord.token)
    return ready
  }

  return {
    client,
    /** A guild with one channel and Ada in it, and a client that is logged in. */
    async set(options?: DiscordEmulatorOptions) {
      const discord = await startDiscordEmulator(options)
      open.push(discord)
      const guild = discord.addGuild({ name: 'Engines' })
      const ada = discord.addPerson({ name: 'Ada' })
      discord.join(guild, ada)
      const channel = discord.addTextChannel(guild, { name: 'general' })
      return { discord, guild, ada, channel, client: await client(discord) }
    },
    async clear() {
      for (const one of open.splice(0).reverse()) await one.close()
    },
  }
}

export async function call(
  discord: DiscordEmulator,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; headers: Headers; body: unknown }> {
  const response = await fetch(`${discord.apiUrl}/v10${path}`, {
    method,
    headers: {
      authorization: `Bot ${discord.token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  }
}
