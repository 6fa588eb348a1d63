import { type Message, MessageFlags } from 'discord.js'
import { afterEach, expect, test, vi } from 'vitest'
import { createStage } from './stage.ts'

const stage = createStage()
afterEach(() => stage.clear())

test('a mention in a guild is answered by a reply that is edited in place', async () => {
  const { discord, ada, channel, client } = await stage.set()
  client.on('messageCreate', (message) => {
    if (message.author.bot) return
    message
      .reply('thinking')
      .then((sent) => sent.edit(`answer to ${message.content}`))
      .catch((error: unknown) => expect.unreachable(String(error)))
  })
  const question = discord.say(channel, ada, `<@${discord.botUserId}> why?`)
  const answer = await discord.waitFor(() => channel.messages.find((one) => one.content.startsWith('answer')))
  expect(question.mentions).toEqual([discord.botUserId])
  expect(answer.reference?.messageId).toBe(question.id)
  expect(answer.revisions.map(({ content }) => content)).toEqual([
    'thinking',
    `answer to <@${discord.botUserId}> why?`,
  ])
  expect(answer.editedAt).toBeGreaterThanOrEqual(answer.createdAt)
  expect(answer.pings).toEqual([])
})

test('a direct message reaches the app through the channel partial, and the app can open one', async () => {
  const { discord, ada, client } = await stage.set()
  const heard: Message[] = []
  client.on('messageCreate', (message) => heard.push(message))
  discord.say(discord.dm(ada), ada, 'psst')
  await vi.waitFor(() => expect(heard[0]?.content).toBe('psst'))
  expect(heard[0]?.guildId).toBeNull()
  const user = await client.users.fetch(ada.id)
  await user.send('hello back')
  expect(discord.dm(ada).messages.at(-1)).toMatchObject({ content: 'hello back', author: { bot: true } })
  ada.acceptsDms = false
  await expect(user.send('again')).rejects.toMatchObject({ code: 50007, status: 403 })
})

test('edits, deletions and reactions of people are told', async () => {
  const { discord, ada, channel, client } = await stage.set()
  const log: string[] = []
  client.on('messageUpdate', (_, message) => log.push(`edit ${message.content}`))
  client.on('messageDelete', (message) => log.push(`delete ${message.id}`))
  client.on('messageReactionAdd', (reaction, user) => log.push(`react ${reaction.emoji.name} ${user.id}`))
  const message = discord.say(channel, ada, 'frist')
  discord.edit(message, 'first')
  discord.react(message, ada, '👍')
  discord.delete(message)
  await vi.waitFor(() => expect(log).toEqual(['edit first', `react 👍 ${ada.id}`, `delete ${message.id}`]))
})

test('files go both ways, and links are signed and expire', async () => {
  let clock = Date.now()
  const { discord, ada, channel, client } = await stage.set({ now: () => clock })
  const heard = new Promise<Message>((resolve) => client.once('messageCreate', resolve))
  discord.voiceMessage(channel, ada, { data: Buffer.from('OggS voice'), durationSeconds: 2.5 })
  const voice = await heard
  expect(voice.flags.has(MessageFlags.IsVoiceMessage)).toBe(true)
  const [attachment] = voice.attachments.values()
  expect(attachment).toMatchObject({ contentType: 'audio/ogg', duration: 2.5, waveform: expect.any(String) })
  const link = attachment?.url ?? ''
  expect(await (await fetch(link)).text()).toBe('OggS voice')
  expect((await fetch(link.replace(/hm=../, 'hm=zz'))).status).toBe(404)
  clock += 25 * 60 * 60 * 1000
  expect((await fetch(link)).status).toBe(404)

  const room = await client.channels.fetch(channel.id)
  if (!room?.isSendable()) return expect.unreachable('cannot send')
  const sent = await room.send({ files: [{ attachment: Buffer.from('a,b\n'), name: 'my table.csv' }] })
  const kept = discord.messages.get(sent.id)?.attachments[0]
  expect(kept).toMatchObject({ filename: 'my_table.csv', size: 4 })
  expect(discord.readAttachment(kept?.id ?? '')?.toString()).toBe('a,b\n')
})

test('an enforced nonce gives back the message that is already there', async () => {
  const { discord, channel, client } = await stage.set()
  const room = await client.channels.fetch(channel.id)
  if (!room?.isSendable()) return expect.unreachable('cannot send')
  const first = await room.send({ content: 'once', nonce: 'turn-1', enforceNonce: true })
  const second = await room.send({ content: 'once', nonce: 'turn-1', enforceNonce: true })
  expect(second.id).toBe(first.id)
  expect(channel.messages).toHaveLength(1)
  await room.send({ content: 'twice', nonce: 'turn-1' })
  expect(channel.messages).toHaveLength(2)
  expect(discord.lastEvent('MESSAGE_CREATE')?.data.nonce).toBe('turn-1')
})

test('pings are accounted for on sends, replies and edits', async () => {
  const { discord, guild, ada, channel, client } = await stage.set()
  const role = discord.addRole(guild, { name: 'crew', mentionable: true })
  const room = await client.channels.fetch(channel.id)
  if (!room?.isSendable()) return expect.unreachable('cannot send')
  const loud = `@everyone @here <@${ada.id}> <@&${role.id}>`
  const pingsOf = (id: string) => discord.messages.get(id)?.pings
  const quiet = await room.send(loud)
  expect(pingsOf(quiet.id)).toEqual([])
  await quiet.edit({ content: `${loud}!`, allowedMentions: { parse: ['users'] } })
  expect(pingsOf(quiet.id)).toEqual([`<@${ada.id}>`])
  const all = await room.send({ content: loud, allowedMentions: { parse: ['everyone', 'roles', 'users'] } })
  expect(pingsOf(all.id)).toEqual(['@everyone', '@here', `<@${ada.id}>`, `<@&${role.id}>`])
  const question = discord.say(channel, ada, 'hm?')
  const reply = await room.send({
    content: 'yes',
    reply: { messageReference: question.id },
    allowedMentions: { parse: [], repliedUser: true },
  })
  expect(pingsOf(reply.id)).toEqual([`<@${ada.id}>`])
})

test('threads, history, typing and reactions of the app', async () => {
  const { discord, ada, channel, client } = await stage.set()
  const texts = ['one', 'two', 'three'].map((content) => discord.say(channel, ada, content))
  const room = await client.channels.fetch(channel.id)
  if (!room?.isTextBased() || !room.isSendable()) return expect.unreachable('cannot send')
  const before = await room.messages.fetch({ before: texts[2]?.id ?? '', limit: 1 })
  expect(before.map(({ content }) => content)).toEqual(['two'])
  const around = await room.messages.fetch({ around: texts[1]?.id ?? '', limit: 3 })
  expect(around.map(({ content }) => content)).toEqual(['three', 'two', 'one'])
  await room.sendTyping()
  expect(discord.typing).toMatchObject([{ channelId: channel.id, userId: discord.botUserId }])
  const two = await room.messages.fetch(texts[1]?.id ?? '')
  await two.react('👀')
  expect(texts[1]?.reactions.get('👀')).toEqual(new Set([discord.botUserId]))
  const thread = await two.startThread({ name: 'aside' })
  await thread.send('in here')
  const kept = discord.channels.get(thread.id)
  expect(kept).toMatchObject({ id: texts[1]?.id, parentId: channel.id, type: 11 })
  expect(kept?.messages.map(({ content }) => content)).toEqual(['in here'])
})
