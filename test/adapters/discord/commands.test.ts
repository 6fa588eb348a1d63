import { afterEach, expect, test, vi } from 'vitest'
import { discord } from '../../../adapters/discord/index.ts'
import { COMMANDS } from '../../../src/model/command.ts'
import { externalId as asExternalId } from '../../../src/model/ids.ts'
import type { InboundCommand } from '../../../src/model/inbound.ts'
import type { DiscordEmulatorOptions } from '../../../src/simulator/discord/index.ts'
import { createRecordingLogger } from '../../support/recording-logger.ts'
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
  const running = await hub.connect()
  // And the one in messages' menus.
  await emulator.waitFor(() => emulator.commands.size === COMMANDS.length + 1)
  const sender = discord.createSender(
    { token: emulator.token, apiUrl: emulator.apiUrl },
    createRecordingLogger(),
  )
  const signal = AbortSignal.timeout(10_000)
  const visible = () => channel.messages.filter(({ deletedAt }) => deletedAt === undefined)
  return { hub, emulator, ada, channel, running, sender, signal, visible }
}

async function command(hub: Hub): Promise<InboundCommand> {
  return await vi.waitFor(() => {
    const found = hub.events.find((event): event is InboundCommand => event.kind === 'command')
    if (!found) throw new Error('not taken in yet')
    return found
  })
}

const text = (content: string, controls: { id: string; label: string }[] = []) => ({
  kind: 'text' as const,
  part: { body: { content } },
  controls,
})

test('commands are registered once, with their words in Portuguese', async () => {
  const { hub, emulator, running } = await setUp()
  const run = [...emulator.commands.values()].find(({ name }) => name === 'run')
  expect(run?.definition).toMatchObject({
    description: 'command.help.run (en)',
    description_localizations: { 'pt-BR': 'command.help.run (pt-PT)' },
    options: ['language', 'code', 'file', 'arguments', 'stdin'].map((name) => ({ name })),
  })
  await running.stop()
  const asked: string[] = []
  emulator.onRequest(({ method, path }) => {
    if (path.includes('/commands')) asked.push(method)
  })
  await hub.connect()
  await vi.waitFor(() => expect(asked).toEqual(['GET']))
})

test('/run is deferred, and its answer grows in the deferred message', async () => {
  const { hub, emulator, ada, channel, sender, signal, visible } = await setUp()
  const interaction = emulator.slashCommand(channel, ada, {
    name: 'run',
    options: { language: 'typescript', code: 'a ```b```' },
  })
  const { target, ...event } = await command(hub)
  expect(event).toMatchObject({
    eventId: interaction.id,
    command: 'run',
    argument: '````typescript\na ```b```\n````',
    person: { externalId: ada.id, language: 'pt-BR' },
    conversation: { kind: 'reply-chain' },
  })
  await emulator.waitFor(() => interaction.state === 'deferred')
  expect(sender.capabilities(target)).toMatchObject({ privateReplies: 'full' })
  const first = await sender.post(
    { target, content: text('so far'), key: 'k1', private: false, final: false },
    signal,
  )
  await sender.edit(
    { target, externalId: first.externalId, content: text('so far @everyone'), key: 'k1v1', final: true },
    signal,
  )
  const second = await sender.post(
    { target, content: text('the rest'), key: 'k2', private: false, final: true },
    signal,
  )
  expect(visible()).toMatchObject([
    { id: first.externalId, content: 'so far @everyone', pings: [], type: 20 },
    { id: second.externalId, content: 'the rest', pings: [] },
  ])
  await sender.remove(target, second.externalId, signal)
  await sender.remove(target, second.externalId, signal)
  expect(visible()).toHaveLength(1)
})

test('a private answer is for the asker alone', async () => {
  const { hub, emulator, ada, channel, sender, signal, visible } = await setUp()
  hub.decide = () => ({ kind: 'replied', private: true })
  emulator.slashCommand(channel, ada, { name: 'help' })
  const { target } = await command(hub)
  for (const [index, said] of ['page one', 'page two'].entries())
    await sender.post({ target, content: text(said), key: `k${index}`, private: true, final: true }, signal)
  expect(visible()).toMatchObject([
    { content: 'page one', ephemeralFor: ada.id },
    { content: 'page two', ephemeralFor: ada.id },
  ])
})

test('an answer whose confirmation was lost stays one', async () => {
  const { hub, emulator, ada, channel, sender, signal, visible } = await setUp()
  emulator.slashCommand(channel, ada, { name: 'help' })
  const { target } = await command(hub)
  emulator.addFault({ match: /^PATCH .*original/, times: 1, effect: { kind: 'lose-answer' } })
  const request = { target, content: text('hello'), key: 'k1', private: false, final: true }
  await expect(sender.post(request, signal)).rejects.toMatchObject({ code: 'platform_unreachable' })
  await sender.post({ ...request, content: text('hello again') }, signal)
  expect(visible()).toMatchObject([{ content: 'hello again' }])
})

test('a command that nothing is said about leaves no failure behind', async () => {
  const { hub, emulator, ada, channel, visible } = await setUp()
  hub.decide = () => ({ kind: 'ignored', reason: 'not_addressed' })
  const interaction = emulator.slashCommand(channel, ada, { name: 'help' })
  await emulator.waitFor(() => interaction.callbackType === 5 && visible().length === 0)
})

test('what comes after the token ended, or was never deferred, is said in the channel', async () => {
  const { hub, emulator, ada, channel, sender, signal, visible } = await setUp()
  emulator.addFault({
    match: /\/callback/,
    times: 1,
    effect: { kind: 'answer', status: 404, body: { code: 10062, message: 'Unknown interaction' } },
  })
  emulator.slashCommand(channel, ada, { name: 'help' })
  const { target } = await command(hub)
  await sender.post({ target, content: text('late'), key: 'k1', private: true, final: true }, signal)
  const ended = { ...target, interactionExpiresAt: Date.now() - 1 }
  expect(sender.capabilities(ended)).toMatchObject({ privateReplies: 'dropped', repost: 'idempotent' })
  const { externalId } = await sender.post(
    { target: ended, content: text('later'), key: 'k2', private: false, final: true },
    signal,
  )
  await sender.edit({ target, externalId, content: text('latest'), key: 'k2v1', final: true }, signal)
  expect(visible()).toMatchObject([
    { content: 'late', ephemeralFor: undefined },
    { content: 'latest', type: 0 },
  ])
})

test('/run without code opens a dialog for it', async () => {
  const { hub, emulator, ada, channel } = await setUp()
  emulator.slashCommand(channel, ada, { name: 'run', options: { language: 'typescript' } })
  const modal = await emulator.waitFor(() => emulator.modals[0])
  expect(modal).toMatchObject({
    title: 'run.modal.title (pt-BR)',
    fields: [
      { customId: 'language' },
      { customId: 'code', maxLength: 4000 },
      { customId: 'arguments' },
      { customId: 'stdin' },
    ],
  })
  const submitted = emulator.submitModal(modal, { language: ['typescript'], code: 'let a = 1\n"```"' })
  expect(await command(hub)).toMatchObject({
    eventId: submitted.id,
    argument: '````typescript\nlet a = 1\n"```"\n````',
  })
  expect(hub.events).toHaveLength(1)
  await emulator.waitFor(() => submitted.state === 'deferred')
})

test('a pressed button comes back with its id', async () => {
  const { hub, emulator, ada, channel, sender, signal, visible } = await setUp()
  const target = { channel: asExternalId(channel.id) }
  const buttons = [{ id: 'stop', label: 'Stop' }]
  const { externalId } = await sender.post(
    { target, content: text('working', buttons), key: 'k1', private: false, final: false },
    signal,
  )
  const [shown] = visible()
  if (!shown) throw new Error('nothing is shown')
  hub.decide = () => ({ kind: 'handled' })
  const press = emulator.pressButton(shown, 'stop', ada)
  await vi.waitFor(() =>
    expect(hub.events).toMatchObject([{ kind: 'action', control: 'stop', messageId: externalId }]),
  )
  await emulator.waitFor(() => press.callbackType === 6)
  await sender.edit({ target, externalId, content: text('done'), key: 'k1v1', final: true }, signal)
  expect(visible()).toMatchObject([{ content: 'done', components: [] }])
})
