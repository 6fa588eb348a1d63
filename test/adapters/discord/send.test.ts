import { inspect } from 'node:util'
import { afterEach, expect, test } from 'vitest'
import { discord } from '../../../adapters/discord/index.ts'
import { externalId } from '../../../src/model/ids.ts'
import type { OutboundContent, PostRequest, Target } from '../../../src/model/outbound.ts'
import {
  type DiscordChannel,
  type DiscordEmulatorOptions,
  permission,
  startDiscordEmulator,
} from '../../../src/simulator/discord/index.ts'
import { createRecordingLogger } from '../../support/recording-logger.ts'
import { watchWire } from './wire.ts'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

async function setUp(options: DiscordEmulatorOptions = {}, token?: string) {
  const emulator = await startDiscordEmulator(options)
  const wire = watchWire(emulator)
  open.push(async () => {
    await emulator.close()
    wire.verify()
  })
  const guild = emulator.addGuild({ name: 'Engines' })
  const ada = emulator.addPerson({ name: 'Ada' })
  emulator.join(guild, ada)
  const channel = emulator.addTextChannel(guild, { name: 'general' })
  const credentials = { token: token ?? emulator.token, apiUrl: emulator.apiUrl }
  const sender = discord.createSender(credentials, createRecordingLogger())
  return { emulator, guild, ada, channel, sender, credentials, signal: AbortSignal.timeout(10_000) }
}

const at = (channel: DiscordChannel, replyTo?: string): Target => ({
  channel: externalId(channel.id),
  ...(replyTo === undefined ? {} : { replyTo }),
})
const text = (content: string): OutboundContent & { kind: 'text' } => ({
  kind: 'text',
  part: { body: { content } },
  controls: [],
})
const post = (target: Target, content: OutboundContent, key = 'key1'): PostRequest => ({
  target,
  content,
  key,
  private: false,
  final: true,
})

test('an answer is a reply that pings nobody, then or when edited', async () => {
  const { emulator, guild, ada, channel, sender, signal } = await setUp()
  const role = emulator.addRole(guild, { name: 'all', mentionable: true })
  const question = emulator.say(channel, ada, 'hi')
  const evil = `@everyone @here <@${ada.id}> <@&${role.id}>`
  const target = at(channel, question.id)
  const sent = await sender.post(post(target, text(evil)), signal)
  await sender.edit(
    { target, externalId: sent.externalId, content: text(`${evil}!`), key: 'e', final: true },
    signal,
  )
  const answer = channel.messages.at(-1)
  expect(answer).toMatchObject({
    id: sent.externalId,
    content: `${evil}!`,
    pings: [],
    reference: { messageId: question.id },
    flags: 4,
  })
})

test('sending again after a lost answer shows one message', async () => {
  const { emulator, channel, sender, signal } = await setUp()
  emulator.addFault({ match: /POST .*messages/, times: 1, effect: { kind: 'lose-answer' } })
  const request = post(at(channel), text('once'))
  await expect(sender.post(request, signal)).rejects.toMatchObject({
    code: 'platform_unreachable',
    retry: { kind: 'later' },
  })
  const sent = await sender.post(request, signal)
  expect(channel.messages).toMatchObject([{ id: sent.externalId, content: 'once' }])
})

test('a reply to what was deleted is an ordinary message', async () => {
  const { emulator, ada, channel, sender, signal } = await setUp()
  const question = emulator.say(channel, ada, 'hi')
  emulator.delete(question)
  await sender.post(post(at(channel, question.id), text('too late')), signal)
  emulator.denyBot(channel, permission.readMessageHistory)
  const other = emulator.say(channel, ada, 'hi again')
  await sender.post(post(at(channel, other.id), text('blind'), 'key2'), signal)
  expect(channel.messages.slice(-1)).toMatchObject([{ content: 'blind', reference: undefined }])
})

test('a file goes along under its own name', async () => {
  const { emulator, channel, sender, signal } = await setUp()
  const file = { name: 'résumé 1.csv', mimeType: 'text/csv', data: Buffer.from('a,b') }
  await sender.post(post(at(channel), { kind: 'file', file }), signal)
  const [attachment] = channel.messages[0]?.attachments ?? []
  expect(attachment).toMatchObject({ contentType: expect.stringContaining('text/csv'), size: 3 })
  expect(emulator.readAttachment(attachment?.id ?? '')?.toString()).toBe('a,b')
})

test('a full bucket and a 429 say how long to wait', async () => {
  const { emulator, channel, sender, signal } = await setUp({
    rateLimits: true,
    messageBucket: { limit: 2, windowMs: 3_000 },
  })
  for (const key of ['a', 'b']) await sender.post(post(at(channel), text(key), key), signal)
  const refused = sender.post(post(at(channel), text('c'), 'c'), signal)
  await expect(refused).rejects.toMatchObject({ code: 'platform_rate_limited', retry: { kind: 'after' } })
  expect(emulator.rateLimits.refused).toBe(0)
  const other = discord.createSender(
    { token: emulator.token, apiUrl: emulator.apiUrl },
    createRecordingLogger(),
  )
  const late = await other.post(post(at(channel), text('c'), 'c'), signal).catch((error: unknown) => error)
  expect(late).toMatchObject({ code: 'platform_rate_limited' })
  expect(late).toHaveProperty('retry.ms')
  expect((late as { retry: { ms: number } }).retry.ms).toBeGreaterThan(2_000)
  expect(emulator.rateLimits.refused).toBe(1)
})

test('refusals have their own codes', async () => {
  const { emulator, channel, guild, sender, signal } = await setUp()
  const target = at(channel)
  const { externalId: id } = await sender.post(post(target, text('x')), signal)
  const edit = () =>
    sender.edit({ target, externalId: id, content: text('y'), key: 'e', final: true }, signal)
  const errors = { content: { _errors: [{ code: 'BAD', message: 'Value "secret words" is bad.' }] } }
  emulator.addFault({
    times: 1,
    effect: { kind: 'answer', status: 400, body: { code: 50035, message: 'Invalid Form Body', errors } },
  })
  const refused = await edit().catch((error: unknown) => error)
  expect(refused).toMatchObject({ code: 'platform_rejected', retry: { kind: 'never' } })
  expect(inspect(refused)).not.toContain('secret words')
  emulator.addFault({ times: 1, effect: { kind: 'answer', status: 502, body: 'bad gateway' } })
  await expect(edit()).rejects.toMatchObject({ code: 'platform_unreachable', retry: { kind: 'later' } })
  await sender.remove(target, id, signal)
  await expect(edit()).rejects.toMatchObject({ code: 'platform_message_gone', retry: { kind: 'never' } })
  await sender.remove(target, id, signal)
  emulator.removeBot(guild)
  await expect(sender.post(post(target, text('x'), 'k3'), signal)).rejects.toMatchObject({
    code: 'platform_forbidden',
  })
})

test('a refused token is asked about once, and is not in the error', async () => {
  const { emulator, channel, sender, credentials, signal } = await setUp({}, 'MTIz.revoked.token')
  for (let tries = 0; tries < 20; tries++) {
    const failure = await sender.post(post(at(channel), text('x')), signal).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'platform_unauthorized' })
    expect(inspect(failure)).not.toContain(credentials.token)
  }
  expect(emulator.rateLimits.invalidRequests).toBe(1)
  await expect(discord.identify(credentials, signal)).rejects.toMatchObject({ code: 'platform_unauthorized' })
})

test('the account is known by its name', async () => {
  const { credentials, signal } = await setUp()
  expect(await discord.identify(credentials, signal)).toBe('brainall#0001')
})

test('work shows as typing', async () => {
  const { emulator, channel, sender, signal } = await setUp()
  await sender.indicate(at(channel), true, signal)
  await sender.indicate(at(channel), false, signal)
  expect(emulator.typing).toMatchObject([{ channelId: channel.id, userId: emulator.botUserId }])
})

test('an attachment is read, by a new link where the old one expired, and never from elsewhere', async () => {
  let clock = Date.now()
  const { emulator, ada, channel, sender, signal } = await setUp({ now: () => clock })
  const headers: Readonly<Record<string, string>>[] = []
  emulator.onRequest((request) => {
    if (request.path.startsWith('/attachments')) headers.push(request.headers)
  })
  const said = emulator.say(channel, ada, {
    attachments: [{ name: 'a.txt', contentType: 'text/plain', data: Buffer.from('hello') }],
  })
  const shown = await fetch(`${emulator.apiUrl}/v10/channels/${channel.id}/messages/${said.id}`, {
    headers: { authorization: `Bot ${emulator.token}` },
  })
  const { attachments } = (await shown.json()) as { attachments: { id: string; url: string }[] }
  const [file] = attachments
  const reference = { url: file?.url, channelId: channel.id, messageId: said.id, attachmentId: file?.id }
  const read = async (): Promise<string> => {
    const chunks: Uint8Array[] = []
    for await (const chunk of (await sender.download(reference, signal)).stream) chunks.push(chunk)
    return Buffer.concat(chunks).toString()
  }
  expect(await read()).toBe('hello')
  clock += 25 * 60 * 60 * 1000
  expect(await read()).toBe('hello')
  expect(headers).toHaveLength(3)
  for (const sent of headers) expect(sent).not.toHaveProperty('authorization')
  const foreign = { ...reference, url: 'http://127.0.0.1:1/attachments/1/2/a.txt' }
  await expect(sender.download(foreign, signal)).rejects.toMatchObject({ code: 'attachment_gone' })
  emulator.addFault({
    match: /attachments/,
    times: 1,
    effect: { kind: 'answer', status: 302, headers: { location: 'http://127.0.0.1:1/' } },
  })
  await expect(sender.download({ ...reference }, signal)).rejects.toMatchObject({ code: 'attachment_gone' })
  emulator.delete(said)
  await expect(sender.download(reference, signal)).rejects.toMatchObject({ code: 'attachment_gone' })
})
