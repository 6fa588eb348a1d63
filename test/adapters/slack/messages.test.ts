import { describe, expect, test } from 'vitest'
import type { InboundEvent, InboundMessage } from '../../../src/model/inbound.ts'
import type { SlackEmulator } from '../../../src/simulator/slack/index.ts'
import {
  committed,
  connect,
  senderFor,
  settled,
  signal,
  startSlack,
  targetIn,
  textPost,
} from './connection.ts'

async function setUp(options: Parameters<typeof startSlack>[0] = {}) {
  const slack = await startSlack(options)
  const maria = slack.addPerson({ name: 'maria', realName: 'Maria Silva', locale: 'pt-PT' })
  const general = slack.addChannel({ name: 'general', members: [maria] })
  return { slack, maria, general, connection: await connect(slack) }
}

function bot(slack: SlackEmulator): string {
  return `<@${slack.team.botUserId}>`
}

function message(event: InboundEvent | undefined): InboundMessage {
  if (event?.kind !== 'message') throw new Error(`not a message: ${event?.kind}`)
  return event
}

describe('messages', () => {
  test('a mention comes twice under two event ids and says the same both times', async () => {
    const { slack, maria, general, connection } = await setUp()

    const said = slack.say(general, maria, { text: `${bot(slack)}: is 1 < 2 & 3?` })

    const [first, second] = (await committed(connection, 2)).map(message)
    expect(first).toMatchObject({
      connectionId: 'connection-1',
      messageId: said.ts,
      text: 'is 1 < 2 & 3?',
      addressed: 'mention',
      conversation: { kind: 'keyed', key: `thread:${said.ts}`, opens: true },
      target: { channel: general.id, threadTs: said.ts, user: maria.id },
      workspace: { externalId: slack.team.id, name: slack.team.name },
      channel: { externalId: general.id, name: 'general', kind: 'group' },
      person: { externalId: maria.id, name: 'maria', language: 'pt-PT' },
      at: new Date(Number(said.ts) * 1000),
    })
    expect({ ...second, eventId: first?.eventId }).toEqual(first)
    expect(second?.eventId).not.toBe(first?.eventId)
    await settled(slack)
  })

  test('a reply in a thread belongs to the thread and addresses nobody', async () => {
    const { slack, maria, general, connection } = await setUp()
    const root = slack.say(general, maria, { text: 'who can help?' })
    const reply = slack.say(general, maria, { text: 'anybody?', threadTs: root.ts })

    const [first, second] = (await committed(connection, 2)).map(message)
    expect(first).toMatchObject({
      addressed: 'none',
      conversation: { key: `thread:${root.ts}`, opens: true },
    })
    expect(second).toMatchObject({
      messageId: reply.ts,
      addressed: 'none',
      conversation: { key: `thread:${root.ts}`, opens: false },
      target: { threadTs: root.ts },
    })
  })

  test('a direct message is one conversation, its threads are others', async () => {
    const { slack, maria, connection } = await setUp()
    const direct = slack.direct(maria)
    const said = slack.say(direct, maria, { text: 'hello' })
    slack.say(direct, maria, { text: 'in a thread', threadTs: said.ts })

    const [first, second] = (await committed(connection, 2)).map(message)
    expect(first).toMatchObject({
      addressed: 'direct',
      conversation: { key: 'direct', opens: false },
      channel: { externalId: direct.id, kind: 'direct', name: 'maria' },
    })
    expect(first?.target).toEqual({ team: slack.team.id, channel: direct.id, user: maria.id })
    expect(second).toMatchObject({
      addressed: 'direct',
      conversation: { key: `thread:${said.ts}`, opens: false },
      target: { threadTs: said.ts },
    })
  })

  test('mentions, channels and links become readable', async () => {
    const { slack, maria, general, connection } = await setUp()
    const rui = slack.addPerson({ name: 'rui' })
    slack.say(general, maria, {
      text: `ask <@${rui.id}> in <#${general.id}> or <!here> about https://example.org/a?b=1&c=2`,
    })
    const [event] = await committed(connection, 1)
    expect(message(event).text).toBe('ask @rui in #general or @here about https://example.org/a?b=1&c=2')
  })

  test('voice clips and files are attachments', async () => {
    const { slack, maria, general, connection } = await setUp()
    const direct = slack.direct(maria)
    slack.shareAudioClip(direct, maria, {
      data: Buffer.from('sound'),
      mimetype: 'video/mp4',
      durationMs: 1500,
    })
    slack.shareFile(general, maria, {
      name: 'notes.pdf',
      mimetype: 'application/pdf',
      data: Buffer.from('pdf'),
      text: `${bot(slack)} read this`,
      infoOnly: true,
    })

    const events = (await committed(connection, 3)).map(message)
    const voice = events.find(({ addressed }) => addressed === 'direct')
    expect(voice).toMatchObject({
      text: '',
      attachments: [{ kind: 'voice', mimeType: 'video/mp4', sizeBytes: 5, durationMs: 1500 }],
    })
    for (const shared of events.filter(({ addressed }) => addressed === 'mention')) {
      expect(shared.attachments).toMatchObject([
        { kind: 'file', name: 'notes.pdf', mimeType: 'application/pdf', sizeBytes: 3 },
      ])
    }
  })

  test('an edit by a person and a deletion are told; link previews are not', async () => {
    const { slack, maria, general, connection } = await setUp()
    const said = slack.say(general, maria, { text: 'helo' })
    await committed(connection, 1)
    slack.unfurl(said, { title: 'A page', url: 'https://example.org' })
    slack.edit(said, `${bot(slack)} hello`)
    await committed(connection, 3)
    slack.delete(said)

    const events = await committed(connection, 4)
    expect(events.map(({ kind }) => kind).sort()).toEqual(['deletion', 'edit', 'message', 'message'])
    expect(events.find(({ kind }) => kind === 'edit')).toMatchObject({
      messageId: said.ts,
      text: 'hello',
      person: { externalId: maria.id },
    })
    expect(events.at(-1)).toMatchObject({
      kind: 'deletion',
      messageId: said.ts,
      person: { externalId: maria.id },
    })
    await settled(slack)
  })

  test('a deleted message that has replies is a deletion too', async () => {
    const { slack, maria, general, connection } = await setUp()
    const root = slack.say(general, maria, { text: 'a question' })
    slack.say(general, maria, { text: 'a reply', threadTs: root.ts })
    await committed(connection, 2)
    slack.delete(root)
    const events = await committed(connection, 3)
    expect(events[2]).toMatchObject({
      kind: 'deletion',
      messageId: root.ts,
      person: { externalId: maria.id },
    })
  })

  test('own messages, own edits and own deletions are no events, joins neither', async () => {
    const { slack, maria, general, connection } = await setUp()
    const sender = senderFor(slack)
    const target = targetIn(general)
    const { externalId } = await sender.post(textPost(target, 'mine'), signal)
    const content = { kind: 'text' as const, part: { body: { text: 'changed' } }, controls: [] }
    await sender.edit({ target, externalId, content, key: 'k', final: true }, signal)
    await sender.remove(target, externalId, signal)
    slack.addMember(general, slack.addPerson({ name: 'rui' }).id)
    slack.say(general, maria, { text: 'the end' })

    await settled(slack)
    expect((await committed(connection, 1)).map((event) => message(event).text)).toEqual(['the end'])
  })

  test('a name that Slack does not give in time is replaced by the id', async () => {
    const { slack, maria, general, connection } = await setUp()
    slack.faults.add({
      match: /users\.info|conversations\.info/,
      effect: { kind: 'delay', ms: 3_000 },
      times: 9,
    })
    const before = performance.now()
    slack.say(general, maria, { text: 'hello' })
    const [event] = await committed(connection, 1)
    expect(performance.now() - before).toBeLessThan(2_000)
    expect(event?.person).toEqual({ externalId: maria.id, name: maria.id })
    expect(event?.channel).toEqual({ externalId: general.id, kind: 'group' })
  })

  test('a renamed channel has its new name at once', async () => {
    const { slack, maria, general, connection } = await setUp()
    slack.say(general, maria, { text: 'before' })
    await committed(connection, 1)
    slack.rename(general, 'lounge')
    await settled(slack)
    slack.say(general, maria, { text: 'after' })
    expect((await committed(connection, 2))[1]?.channel.name).toBe('lounge')
  })

  test('messages of a channel come in order, although names have to be looked up', async () => {
    const { slack, general, connection } = await setUp()
    slack.faults.add({ match: /users\.info/, effect: { kind: 'delay', ms: 200 }, times: 1 })
    const texts = Array.from({ length: 10 }, (_, number) => `message ${number}`)
    for (const text of texts) {
      const person = slack.addPerson({ name: text.replace(' ', '') })
      slack.addMember(general, person.id)
      slack.say(general, person, { text })
    }
    expect((await committed(connection, 10)).map((event) => message(event).text)).toEqual(texts)
  })
})
