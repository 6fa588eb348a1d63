import {
  ActionRowBuilder,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ButtonBuilder,
  ButtonStyle,
  type Client,
  type Interaction,
  LabelBuilder,
  MessageFlags,
  ModalBuilder,
  TextInputBuilder,
  TextInputStyle,
} from 'discord.js'
import { afterEach, expect, test, vi } from 'vitest'
import { call, createStage } from './stage.ts'

const stage = createStage()
afterEach(() => stage.clear())

async function setWithCommands() {
  const set = await stage.set()
  await set.client.application.commands.set([
    {
      name: 'run',
      description: 'Runs code',
      options: [
        {
          type: ApplicationCommandOptionType.String,
          name: 'language',
          description: 'Which',
          autocomplete: true,
        },
        { type: ApplicationCommandOptionType.String, name: 'code', description: 'What', maxLength: 20 },
      ],
    },
    { name: 'Run this code', type: ApplicationCommandType.Message },
  ])
  return set
}

function answer(client: Client, handle: (interaction: Interaction) => Promise<unknown>): unknown[] {
  const failures: unknown[] = []
  client.on('interactionCreate', (interaction) => {
    handle(interaction).catch((error: unknown) => failures.push(error))
  })
  return failures
}

test('a slash command is deferred, filled, followed up', async () => {
  const { discord, ada, channel, client } = await setWithCommands()
  const failures = answer(client, async (interaction) => {
    if (!interaction.isChatInputCommand()) return
    await interaction.deferReply()
    await interaction.editReply(`ran ${interaction.options.getString('code')}`)
    await interaction.followUp({ content: 'only you', flags: MessageFlags.Ephemeral })
  })
  const interaction = discord.slashCommand(channel, ada, { name: 'run', options: { code: '1 +\n1' } })
  await discord.waitFor(() => interaction.followUpIds.length === 1)
  expect(failures).toEqual([])
  expect(interaction).toMatchObject({ state: 'answered', callbackType: 5 })
  const [reply, followUp] = channel.messages
  expect(reply).toMatchObject({ content: 'ran 1 + 1', type: 20, flags: 0, editedAt: undefined })
  expect(reply?.interaction).toMatchObject({ id: interaction.id, user: ada, name: 'run' })
  expect(followUp).toMatchObject({ content: 'only you', ephemeralFor: ada.id })
  const listed = await call(discord, 'GET', `/channels/${channel.id}/messages`)
  expect(listed.body).toMatchObject([{ id: reply?.id }])
})

test('a command in direct messages carries its user and answers there', async () => {
  const { discord, ada, client } = await setWithCommands()
  const failures = answer(client, async (interaction) => {
    if (interaction.isChatInputCommand()) await interaction.reply(`hi ${interaction.user.globalName}`)
  })
  discord.slashCommand(discord.dm(ada), ada, { name: 'run' })
  await discord.waitFor(() => discord.dm(ada).messages.find(({ content }) => content === 'hi Ada'))
  expect(failures).toEqual([])
})

test('a modal is opened, submitted and answered', async () => {
  const { discord, ada, channel, client } = await setWithCommands()
  const failures = answer(client, async (interaction) => {
    if (interaction.isChatInputCommand())
      await interaction.showModal(
        new ModalBuilder()
          .setCustomId('run-code')
          .setTitle('Run code')
          .addLabelComponents(
            new LabelBuilder()
              .setLabel('Code')
              .setTextInputComponent(
                new TextInputBuilder()
                  .setCustomId('code')
                  .setStyle(TextInputStyle.Paragraph)
                  .setMaxLength(4000),
              ),
          ),
      )
    if (interaction.isModalSubmit()) await interaction.reply(interaction.fields.getTextInputValue('code'))
  })
  discord.slashCommand(channel, ada, { name: 'run' })
  const modal = await discord.waitFor(() => discord.modals[0])
  expect(modal).toMatchObject({ title: 'Run code', person: ada, fields: [{ label: 'Code', required: true }] })
  expect(() => discord.submitModal(modal, { code: '' })).toThrow(/required/)
  discord.submitModal(modal, { code: 'a\nb' })
  await discord.waitFor(() => channel.messages.find(({ content }) => content === 'a\nb'))
  expect(failures).toEqual([])
})

test('buttons, message commands and autocompletion', async () => {
  const { discord, ada, channel, client } = await setWithCommands()
  const stop = new ButtonBuilder().setCustomId('stop').setLabel('Stop').setStyle(ButtonStyle.Danger)
  const failures = answer(client, async (interaction) => {
    if (interaction.isMessageContextMenuCommand())
      await interaction.reply({
        content: `target: ${interaction.targetMessage.content}`,
        components: [new ActionRowBuilder<ButtonBuilder>().addComponents(stop)],
      })
    if (interaction.isButton()) await interaction.update({ content: 'stopped', components: [] })
    if (interaction.isAutocomplete()) await interaction.respond([{ name: 'JavaScript', value: 'js' }])
  })
  const code = discord.say(channel, ada, '```js\n1\n```')
  discord.messageCommand('Run this code', code, ada)
  const reply = await discord.waitFor(() =>
    channel.messages.find(({ content }) => content.startsWith('target: ```js')),
  )
  expect(() => discord.pressButton(reply, 'gone', ada)).toThrow(/no component/)
  discord.pressButton(reply, 'stop', ada)
  await discord.waitFor(() => reply.content === 'stopped' && reply.components.length === 0)
  const asked = discord.autocomplete(channel, ada, {
    name: 'run',
    focused: { name: 'language', value: 'ja' },
  })
  expect(await discord.waitFor(() => asked.choices)).toEqual([{ name: 'JavaScript', value: 'js' }])
  expect(failures).toEqual([])
})

test('only what is registered and valid can be used', async () => {
  const { discord, ada, channel } = await setWithCommands()
  expect(() => discord.slashCommand(channel, ada, { name: 'nope' })).toThrow(/no command/)
  expect(() => discord.slashCommand(channel, ada, { name: 'run', options: { other: 'x' } })).toThrow(
    /no option/,
  )
  expect(() =>
    discord.slashCommand(channel, ada, { name: 'run', options: { code: 'x'.repeat(21) } }),
  ).toThrow(/takes/)
})

test('late, double and expired answers are refused', async () => {
  let clock = Date.now()
  const discord = (await stage.set({ now: () => clock })).discord
  const [guild] = discord.guilds.values()
  const channel = guild?.channels[0]
  const ada = [...discord.users.values()].find(({ globalName }) => globalName === 'Ada')
  if (!channel || !ada) return expect.unreachable('no stage')
  await call(discord, 'POST', `/applications/${discord.applicationId}/commands`, {
    name: 'help',
    description: 'Helps',
  })
  const respond = ({ id, token }: { id: string; token: string }) =>
    call(discord, 'POST', `/interactions/${id}/${token}/callback`, { type: 4, data: { content: 'here' } })

  const late = discord.slashCommand(channel, ada, { name: 'help' })
  const early = await call(
    discord,
    'GET',
    `/webhooks/${discord.applicationId}/${late.token}/messages/@original`,
  )
  expect(early).toMatchObject({ status: 404, body: { code: 10015 } })
  clock += 3001
  expect(await respond(late)).toMatchObject({ status: 404, body: { code: 10062 } })

  const timely = discord.slashCommand(channel, ada, { name: 'help' })
  expect(await respond(timely)).toMatchObject({ status: 204 })
  expect(await respond(timely)).toMatchObject({ status: 400, body: { code: 40060 } })
  const original = `/webhooks/${discord.applicationId}/${timely.token}/messages/%40original`
  expect(await call(discord, 'PATCH', original, { content: 'there' })).toMatchObject({ status: 200 })
  clock += 15 * 60 * 1000 + 1
  expect(await call(discord, 'PATCH', original, { content: 'gone' })).toMatchObject({
    status: 401,
    body: { code: 50027 },
  })
  await vi.waitFor(() => expect(channel.messages.at(-1)?.content).toBe('there'))
})
