import { Client, GatewayIntentBits } from 'discord.js'
import { afterEach, expect, test, vi } from 'vitest'
import { startDiscordEmulator } from '../../../src/simulator/discord/index.ts'
import { createStage } from './stage.ts'

const stage = createStage()
afterEach(() => stage.clear())

test('a cut is resumed without loss and without a second identify', async () => {
  const { discord, ada, channel, client } = await stage.set()
  const heard: string[] = []
  client.on('messageCreate', ({ content }) => heard.push(content))
  discord.say(channel, ada, 'before')
  await vi.waitFor(() => expect(heard).toEqual(['before']))
  const resumed = new Promise<number>((resolve) =>
    client.once('shardResume', (_, replayed) => resolve(replayed)),
  )
  discord.cutGateway()
  discord.say(channel, ada, 'during 1')
  discord.say(channel, ada, 'during 2')
  expect(await resumed).toBeGreaterThanOrEqual(2)
  discord.say(channel, ada, 'after')
  await vi.waitFor(() => expect(heard).toEqual(['before', 'during 1', 'during 2', 'after']))
  expect(discord.gateway.identifies.count).toBe(1)
})

test('an invalid session is started anew, what was missed stays missed but can be fetched', async () => {
  const { discord, ada, channel, client } = await stage.set()
  const heard: string[] = []
  client.on('messageCreate', ({ content }) => heard.push(content))
  const back = new Promise<void>((resolve) => client.once('shardReady', () => resolve()))
  discord.invalidateSession({ resumable: false })
  discord.say(channel, ada, 'missed')
  await back
  discord.say(channel, ada, 'heard')
  await vi.waitFor(() => expect(heard).toEqual(['heard']), 3000)
  expect(discord.gateway.identifies.count).toBe(2)
  const room = await client.channels.fetch(channel.id)
  if (!room?.isTextBased()) return expect.unreachable('no text channel')
  expect((await room.messages.fetch({ limit: 5 })).map(({ content }) => content)).toEqual(['heard', 'missed'])
}, 15_000)

test('a resumable invalid session and a reconnect request keep the session', async () => {
  const { discord, ada, channel, client } = await stage.set()
  const heard: string[] = []
  client.on('messageCreate', ({ content }) => heard.push(content))
  const resumes = vi.fn()
  client.on('shardResume', resumes)
  discord.invalidateSession({ resumable: true })
  discord.say(channel, ada, 'one')
  await vi.waitFor(() => expect(resumes).toHaveBeenCalledTimes(1))
  discord.requestReconnect()
  discord.say(channel, ada, 'two')
  await vi.waitFor(() => expect(resumes).toHaveBeenCalledTimes(2), 3000)
  await vi.waitFor(() => expect(heard).toEqual(['one', 'two']))
  expect(discord.gateway.identifies.count).toBe(1)
})

test('an event can be delivered twice, and events held back and turned round', async () => {
  const { discord, ada, channel, client } = await stage.set()
  const raw: string[] = []
  client.on('raw', (packet: { t: string; d: { content?: string } }) => {
    if (packet.t === 'MESSAGE_CREATE') raw.push(packet.d.content ?? '')
  })
  discord.say(channel, ada, 'again')
  const event = discord.lastEvent('MESSAGE_CREATE')
  if (!event) return expect.unreachable('nothing dispatched')
  discord.redeliver(event)
  await vi.waitFor(() => expect(raw).toEqual(['again', 'again']))
  const release = discord.gateway.hold()
  discord.say(channel, ada, 'first')
  discord.say(channel, ada, 'second')
  release('reversed')
  await vi.waitFor(() => expect(raw.slice(2)).toEqual(['second', 'first']))
})

test('without the content intent a guild message is empty, unless it mentions the app', async () => {
  const { discord, ada, channel } = await stage.set()
  const plain = await stage.client(discord, [
    GatewayIntentBits.Guilds,
    GatewayIntentBits.GuildMessages,
    GatewayIntentBits.DirectMessages,
  ])
  const heard: string[] = []
  plain.on('messageCreate', ({ content }) => heard.push(content))
  discord.say(channel, ada, 'secret')
  discord.say(channel, ada, `<@${discord.botUserId}> open`)
  discord.say(discord.dm(ada), ada, 'direct')
  await vi.waitFor(() => expect(heard).toEqual(['', `<@${discord.botUserId}> open`, 'direct']))
  const deaf = await stage.client(discord, [GatewayIntentBits.Guilds, GatewayIntentBits.DirectMessages])
  const direct: string[] = []
  deaf.on('messageCreate', ({ content }) => direct.push(content))
  discord.say(channel, ada, 'not for you')
  discord.say(discord.dm(ada), ada, 'for you')
  await vi.waitFor(() => expect(direct).toEqual(['for you']))
}, 20_000)

test('a wrong token, and an intent that the portal does not grant, are refused for good', async () => {
  const discord = await startDiscordEmulator({ messageContent: false })
  const attempt = async (token: string, intents: GatewayIntentBits[]): Promise<string> => {
    const client = new Client({ intents, rest: { api: discord.apiUrl, retries: 0 } })
    try {
      await client.login(token)
      return 'logged in'
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    } finally {
      await client.destroy()
    }
  }
  try {
    expect(await attempt('wrong', [GatewayIntentBits.Guilds])).toMatch(/token/i)
    expect(
      await attempt(discord.token, [GatewayIntentBits.Guilds, GatewayIntentBits.MessageContent]),
    ).toMatch(/disallowed/i)
    expect(discord.rateLimits.invalidRequests).toBe(1)
  } finally {
    await discord.close()
  }
})

test('a client without heartbeats is closed', async () => {
  const discord = await startDiscordEmulator({ heartbeatIntervalMs: 20 })
  try {
    const socket = new WebSocket(`${discord.gatewayUrl}?v=10&encoding=json`)
    const code = await new Promise<number>((resolve) => {
      socket.addEventListener('close', (event) => resolve(event.code))
    })
    expect(code).toBe(4009)
  } finally {
    await discord.close()
  }
})
