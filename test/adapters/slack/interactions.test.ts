import { describe, expect, test } from 'vitest'
import type { InboundCommand } from '../../../src/model/inbound.ts'
import { committed, connect, senderFor, signal, startSlack, targetIn, textPost } from './connection.ts'

async function setUp(mode: 'socket' | 'http' = 'socket', refuse?: () => void) {
  const slack = await startSlack()
  const maria = slack.addPerson({ name: 'maria', locale: 'pt-PT' })
  const general = slack.addChannel({ name: 'general', members: [maria] })
  const connection = await connect(slack, { mode, ...(refuse ? { refuse } : {}) })
  return { slack, maria, general, connection }
}

describe('slash commands', () => {
  test.each(['socket', 'http'] as const)('are commands of the channel, by %s', async (mode) => {
    const { slack, maria, general, connection } = await setUp(mode)

    const acknowledged = await slack.slashCommand(general, maria, { command: '/run', text: 'js 1 &lt; 2' })

    expect(acknowledged).toEqual({ acked: true })
    const [event] = await committed(connection, 1)
    expect(event).toMatchObject({
      kind: 'command',
      command: 'run',
      argument: 'js 1 < 2',
      channel: { externalId: general.id, name: 'general', kind: 'group' },
      person: { externalId: maria.id, name: 'maria', language: 'pt-PT' },
      target: { channel: general.id, user: maria.id, responseUrl: expect.stringContaining(slack.url) },
      workspace: { externalId: slack.team.id },
    })
    const { conversation, eventId, messageId } = event as InboundCommand
    expect(conversation).toMatchObject({ kind: 'keyed', key: eventId, opens: true })
    expect(messageId).toBe(eventId)
  })

  test('belong to the conversation in a direct message', async () => {
    const { slack, maria, connection } = await setUp()
    await slack.slashCommand(slack.direct(maria), maria, { command: '/reset', text: '' })
    expect(await committed(connection, 1)).toMatchObject([
      { command: 'reset', conversation: { kind: 'keyed', key: 'direct', opens: false } },
    ])
  })

  test.each([
    ['/brainall', 'model small', 'model', 'small'],
    ['/brainall', '/why', 'why', ''],
    ['/brainall-usage', '', 'usage', ''],
    ['/brainall', 'what can you do?', 'help', ''],
    ['/brainall', '', 'help', ''],
  ])('%s %s means %s', async (command, text, name, argument) => {
    const { slack, maria, general, connection } = await setUp()
    await slack.slashCommand(general, maria, { command, text })
    expect(await committed(connection, 1)).toMatchObject([{ command: name, argument }])
  })

  test('that could not be stored are not acknowledged: the person is told', async () => {
    const { slack, maria, general } = await setUp('http', () => {
      throw new Error('the database is down')
    })
    const acknowledged = await slack.slashCommand(general, maria, { command: '/help', text: '' })
    expect(acknowledged).toEqual({ acked: false, fault: 'dispatch_failed' })
  })
})

describe('the form for code', () => {
  test.each(['socket', 'http'] as const)(
    'opens for /run alone and runs what is sent in, by %s',
    async (mode) => {
      const { slack, maria, general, connection } = await setUp(mode)

      await slack.slashCommand(general, maria, { command: '/run', text: '' })

      const [modal] = slack.views
      if (!modal) throw new Error('no form was opened')
      expect(modal).toMatchObject({ personId: maria.id, view: { title: { text: 'title pt-PT' } } })
      expect(connection.events).toEqual([])
      const code = 'const fence = "```"\nconsole.log(fence)'
      expect(await slack.submitModal(modal.id, { language: 'typescript', code })).toEqual({ acked: true })
      expect(slack.views).toEqual([])
      expect(await committed(connection, 1)).toMatchObject([
        {
          kind: 'command',
          command: 'run',
          argument: `\`\`\`\`typescript\n${code}\n\`\`\`\``,
          channel: { externalId: general.id },
          target: { channel: general.id, user: maria.id, responseUrl: expect.any(String) },
          eventId: `view:${modal.id}`,
        },
      ])
    },
  )

  test('takes the language that was named', async () => {
    const { slack, maria, connection } = await setUp()
    const direct = slack.direct(maria)
    await slack.slashCommand(direct, maria, { command: '/run', text: 'ts' })
    const [modal] = slack.views
    await slack.submitModal(modal?.id ?? '', { code: 'let a: number' })
    expect(await committed(connection, 1)).toMatchObject([
      {
        argument: '```typescript\nlet a: number\n```',
        conversation: { key: 'direct' },
        channel: { kind: 'direct' },
      },
    ])
  })

  test('stays open where what was sent in could not be stored', async () => {
    let down = true
    const { slack, maria, general, connection } = await setUp('http', () => {
      if (down) throw new Error('the database is down')
    })
    await slack.slashCommand(general, maria, { command: '/run', text: '' })
    const [modal] = slack.views
    expect(await slack.submitModal(modal?.id ?? '', { code: '1' })).toMatchObject({ acked: false })
    expect(slack.views).toHaveLength(1)
    down = false
    expect(await slack.submitModal(modal?.id ?? '', { code: '1' })).toEqual({ acked: true })
    expect(await committed(connection, 1)).toHaveLength(1)
  })

  test('where it cannot be opened, the bare command is taken', async () => {
    const { slack, maria, general, connection } = await setUp()
    slack.faults.add({ match: /views\.open/, effect: { kind: 'answer', status: 500 }, times: 1 })
    expect(await slack.slashCommand(general, maria, { command: '/run', text: '' })).toEqual({ acked: true })
    expect(await committed(connection, 1)).toMatchObject([{ command: 'run', argument: '' }])
  })
})

describe('buttons', () => {
  test.each(['socket', 'http'] as const)(
    'are actions on the message they stand under, by %s',
    async (mode) => {
      const { slack, maria, general, connection } = await setUp(mode)
      const root = slack.say(general, maria, { text: 'a question' })
      await committed(connection, 1)
      const { externalId } = await senderFor(slack).post(
        textPost(targetIn(general, { threadTs: root.ts }), 'working', {
          controls: [{ id: 'stop', label: 'Stop' }],
        }),
        signal,
      )
      const answer = general.messages.get(externalId)
      if (!answer) throw new Error('nothing was posted')

      expect(await slack.pressButton(answer, 'stop', { person: maria })).toEqual({ acked: true })

      expect((await committed(connection, 2))[1]).toMatchObject({
        kind: 'action',
        control: 'stop',
        messageId: externalId,
        channel: { externalId: general.id, name: 'general' },
        person: { externalId: maria.id, name: 'maria' },
        target: { channel: general.id, threadTs: root.ts, user: maria.id },
      })
    },
  )
})
