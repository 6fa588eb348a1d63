import { afterEach, expect, test, vi } from 'vitest'
import type { InboundMessage } from '../../../src/model/inbound.ts'
import type { DiscordEmulatorOptions, DiscordMessage } from '../../../src/simulator/discord/index.ts'
import { type Hub, startHub } from './running-receiver.ts'

const hubs: Hub[] = []
afterEach(async () => {
  for (const hub of hubs.splice(0)) await hub.close()
})

async function setUp(options: DiscordEmulatorOptions = {}) {
  const hub = await startHub(options)
  hubs.push(hub)
  const { emulator } = hub
  const guild = emulator.addGuild({ name: 'Engines' })
  const ada = emulator.addPerson({ name: 'Ada', locale: 'pt-BR' })
  emulator.join(guild, ada)
  const channel = emulator.addTextChannel(guild, { name: 'general' })
  return { hub, emulator, guild, ada, channel, me: `<@${emulator.botUserId}>` }
}

async function message(hub: Hub, said: DiscordMessage): Promise<InboundMessage> {
  return await vi.waitFor(() => {
    const found = hub.events.find((event) => event.kind === 'message' && event.messageId === said.id)
    if (found?.kind !== 'message') throw new Error('not taken in yet')
    return found
  })
}

/** Sent later in the same channel, so that what came before it is surely through. */
async function nothingElse(hub: Hub, marker: DiscordMessage): Promise<unknown[]> {
  await message(hub, marker)
  return hub.events.filter((event) => event.kind !== 'message' || event.messageId !== marker.id)
}

test('a mention in a channel arrives with names for ids and without the own name', async () => {
  const { hub, emulator, guild, ada, channel, me } = await setUp()
  const bob = emulator.addPerson({ name: 'Bob' })
  emulator.join(guild, bob)
  const role = emulator.addRole(guild, { name: 'crew' })
  await hub.connect()
  const said = emulator.say(
    channel,
    ada,
    `${me}, ask <@${bob.id}> or <@&${role.id}> in <#${channel.id}> <:wave:123456789012345678> \`<@${bob.id}>\``,
  )
  expect(await message(hub, said)).toMatchObject({
    eventId: said.id,
    text: `ask @Bob or @crew in #general :wave: \`<@${bob.id}>\``,
    addressed: 'mention',
    conversation: { kind: 'reply-chain' },
    workspace: { externalId: guild.id, name: 'Engines' },
    channel: { externalId: channel.id, name: 'general', kind: 'group' },
    person: { externalId: ada.id, name: 'Ada' },
    target: { channel: channel.id, replyTo: said.id },
  })
  expect(hub.states.at(-1)).toMatchObject({ kind: 'connected', account: 'brainall#0001' })
})

test('replies, threads and direct messages have their own conversations', async () => {
  const { hub, emulator, ada, channel, me } = await setUp()
  await hub.connect()
  const first = emulator.say(channel, ada, `${me} hello`)
  await message(hub, first)
  await fetch(`${emulator.apiUrl}/v10/channels/${channel.id}/messages`, {
    method: 'POST',
    headers: { authorization: `Bot ${emulator.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ content: 'hi' }),
  })
  const answer = channel.messages.at(-1)
  if (!answer) throw new Error('the bot said nothing')
  const reply = emulator.say(channel, ada, { content: 'and now?', replyTo: answer, notifyReplied: false })
  const thread = emulator.addThread(channel, ada, { name: 'side' })
  const inThread = emulator.say(thread, ada, 'in here')
  const private_ = emulator.say(emulator.dm(ada), ada, 'psst')
  expect(await message(hub, reply)).toMatchObject({
    addressed: 'reply',
    replyTo: answer.id,
    conversation: { kind: 'reply-chain', replyTo: answer.id },
  })
  expect(await message(hub, inThread)).toMatchObject({
    addressed: 'none',
    conversation: { kind: 'keyed', key: 'thread', opens: false },
    channel: { externalId: thread.id, name: 'side' },
  })
  expect(await message(hub, private_)).toMatchObject({
    addressed: 'direct',
    conversation: { kind: 'keyed', key: 'direct', opens: false },
    workspace: { externalId: 'direct' },
    channel: { name: 'Ada', kind: 'direct' },
  })
  expect(hub.events.filter(({ kind }) => kind === 'message')).toHaveLength(4)
})

test('other bots and its own messages are nothing', async () => {
  const { hub, emulator, guild, ada, channel, me } = await setUp()
  const robot = emulator.addPerson({ name: 'Robot', bot: true })
  emulator.join(guild, robot)
  await hub.connect()
  emulator.say(channel, robot, `${me} hello`)
  expect(await nothingElse(hub, emulator.say(channel, ada, 'end'))).toEqual([])
})

test('edits and deletions, also in direct messages; previews are no edits', async () => {
  const { hub, emulator, ada, channel } = await setUp()
  await hub.connect()
  for (const place of [channel, emulator.dm(ada)]) {
    const said = emulator.say(place, ada, 'frist')
    await message(hub, said)
    emulator.edit(said, 'first')
    emulator.delete(said)
    const kinds = ['message', 'edit', 'deletion']
    const about = () => hub.events.filter((event) => 'messageId' in event && event.messageId === said.id)
    await vi.waitFor(() => expect(about().map(({ kind }) => kind)).toEqual(kinds))
    expect(about()).toMatchObject([{}, { text: 'first' }, { person: { externalId: ada.id } }])
  }
  const linked = emulator.say(channel, ada, 'https://example.org')
  const event = emulator.lastEvent('MESSAGE_CREATE')
  if (!event) throw new Error('nothing was sent')
  emulator.redeliver({ ...event, type: 'MESSAGE_UPDATE' })
  await nothingElse(hub, emulator.say(channel, ada, 'end'))
  expect(hub.events.filter((one) => one.kind === 'edit' && one.messageId === linked.id)).toEqual([])
})

test('a voice message and a file', async () => {
  const { hub, emulator, ada, channel } = await setUp()
  await hub.connect()
  const voice = emulator.voiceMessage(channel, ada, { data: Buffer.from('OggS'), durationSeconds: 2.5 })
  const file = emulator.say(channel, ada, {
    attachments: [{ name: 'a.png', contentType: 'image/png', data: Buffer.from('png') }],
  })
  expect((await message(hub, voice)).attachments).toMatchObject([
    {
      kind: 'voice',
      mimeType: 'audio/ogg',
      durationMs: 2500,
      sizeBytes: 4,
      reference: { messageId: voice.id },
    },
  ])
  expect((await message(hub, file)).attachments).toMatchObject([{ kind: 'image', name: 'a.png' }])
})

test('what cannot be stored is tried again, in its order', async () => {
  const { hub, emulator, ada, channel } = await setUp()
  await hub.connect()
  hub.refuse(2)
  const said = ['one', 'two', 'three'].map((text) => emulator.say(channel, ada, text))
  for (const one of said) await message(hub, one)
  expect(hub.events.map((event) => event.kind === 'message' && event.text)).toEqual(['one', 'two', 'three'])
  expect(hub.log.lines.filter(({ level }) => level === 'error')).toHaveLength(2)
})

test('a cut connection is resumed without loss', async () => {
  const { hub, emulator, ada, channel } = await setUp()
  await hub.connect()
  emulator.cutGateway()
  const said = emulator.say(channel, ada, 'while away')
  await message(hub, said)
  expect(emulator.gateway.sessions.size).toBe(1)
})

test('what was said while a session was lost is read from the history', async () => {
  const { hub, emulator, ada, channel, me } = await setUp()
  await hub.connect()
  await message(hub, emulator.say(channel, ada, `${me} first`))
  emulator.invalidateSession({ resumable: false })
  const missed = emulator.say(channel, ada, `${me} missed`)
  // The SDK leaves five seconds between two identifies.
  await vi.waitFor(() => expect(hub.events).toHaveLength(2), { timeout: 10_000 })
  expect(await message(hub, missed)).toMatchObject({ text: 'missed' })
})

test('after a restart, what was missed is read once, and nothing from before the first start', async () => {
  let agoMs = 10_000
  const { hub, emulator, guild, ada, channel, me } = await setUp({ now: () => Date.now() - agoMs })
  const old = emulator.say(channel, ada, `${me} before the first start`)
  agoMs = 0
  const first = await hub.connect()
  const direct = emulator.dm(ada)
  await message(hub, emulator.say(direct, ada, 'hello'))
  await first.stop()
  const missed = emulator.say(channel, ada, `${me} missed`)
  const missedDirect = emulator.say(direct, ada, 'missed too')
  const quiet = emulator.addTextChannel(guild, { name: 'quiet' })
  await hub.connect()
  expect(await message(hub, missed)).toMatchObject({
    text: 'missed',
    addressed: 'mention',
    workspace: { externalId: guild.id },
  })
  await message(hub, missedDirect)
  await message(hub, emulator.say(quiet, ada, 'end'))
  expect(hub.events.filter((event) => event.kind === 'message' && event.messageId === old.id)).toEqual([])
  expect(hub.events).toHaveLength(4)
})

test('without the message content intent the connection works on, and says so', async () => {
  const { hub, emulator, ada, channel, me } = await setUp({ messageContent: false })
  await hub.connect()
  expect(hub.states.at(-1)).toMatchObject({
    kind: 'connected',
    account: expect.stringContaining('without the message content intent'),
  })
  emulator.say(channel, ada, 'not for you')
  const said = emulator.say(channel, ada, `${me} for you`)
  expect(await message(hub, said)).toMatchObject({ text: 'for you', addressed: 'mention' })
  expect(hub.events).toHaveLength(1)
})

test('a refused token ends the run, and is nowhere in what is told', async () => {
  const { hub, emulator } = await setUp()
  const token = `${emulator.token}x`
  await expect(hub.connect({ token })).rejects.toMatchObject({ code: 'platform_unauthorized' })
  expect(JSON.stringify(hub.log.lines)).not.toContain(token)
  // The gateway may refuse what the API took.
  emulator.addFault({
    match: /GET \/api\/v10\/gateway\/bot/,
    times: 1,
    effect: {
      kind: 'answer',
      status: 200,
      body: {
        url: emulator.gatewayUrl,
        shards: 1,
        session_start_limit: { total: 1000, remaining: 1000, reset_after: 0, max_concurrency: 1 },
      },
    },
  })
  await expect(hub.connect({ token })).rejects.toMatchObject({ code: 'platform_unauthorized' })
})

test('a stop is quick, also while the gateway is away', async () => {
  const { hub, emulator } = await setUp()
  const running = await hub.connect()
  const bringUp = emulator.gateway.takeDown()
  await vi.waitFor(() => expect(hub.states.at(-1)).toEqual({ kind: 'connecting' }))
  const before = performance.now()
  await running.stop()
  expect(performance.now() - before).toBeLessThan(5_000)
  bringUp()
  await vi.waitFor(
    () => expect([...emulator.gateway.sessions.values()].filter(({ socket }) => socket)).toEqual([]),
    { timeout: 3_000 },
  )
})
