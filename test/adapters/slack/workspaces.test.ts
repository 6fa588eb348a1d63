import { text } from 'node:stream/consumers'
import { describe, expect, test, vi } from 'vitest'
import { parseCredentials } from '../../../adapters/slack/credentials.ts'
import { slack as adapter } from '../../../adapters/slack/index.ts'
import { loadEnvironment } from '../../../config/load.ts'
import { externalId } from '../../../src/model/ids.ts'
import type { InboundEvent, InboundMessage } from '../../../src/model/inbound.ts'
import type { SlackTeam } from '../../../src/simulator/slack/index.ts'
import { createRecordingLogger } from '../../support/recording-logger.ts'
import {
  committed,
  connect,
  credentialsOf,
  runReceiver,
  senderFor,
  settled,
  signal,
  startSlack,
  textPost,
} from './connection.ts'

/** Two companies with the same app, each with a person and a channel. */
async function setUp() {
  const slack = await startSlack({ teams: [{ name: 'Acme' }, { name: 'Globex' }] })
  const acme = slack.team
  const globex = [...slack.teams.values()].find(({ name }) => name === 'Globex')
  if (!globex) throw new Error('there is no second team')
  const placeIn = (team: SlackTeam, name: string, locale: string) => {
    const person = slack.addPerson({ name, team, locale })
    return { team, person, channel: slack.addChannel({ name: 'general', members: [person], team }) }
  }
  return { slack, acme: placeIn(acme, 'maria', 'pt-PT'), globex: placeIn(globex, 'gus', 'de-DE') }
}

function messages(events: readonly InboundEvent[]): InboundMessage[] {
  return events.filter((event) => event.kind === 'message')
}

describe.each(['socket', 'http'] as const)('two workspaces by %s', (mode) => {
  test('are told apart, each with its own bot, names and way back', async () => {
    const { slack, acme, globex } = await setUp()
    const connection = await connect(slack, { mode })
    expect(connection.states).toEqual([
      {
        kind: 'connected',
        account: 'brainall (Acme), brainall (Globex)',
        workspaces: [
          { externalId: acme.team.id, name: 'Acme' },
          { externalId: globex.team.id, name: 'Globex' },
        ],
      },
    ])

    for (const { team, person, channel } of [acme, globex])
      slack.say(channel, person, { text: `<@${team.botUserId}> hello` })

    const events = messages(await committed(connection, 4))
    for (const { team, person, channel } of [acme, globex]) {
      const told = events.filter(({ workspace }) => workspace.externalId === team.id)
      expect(told).toHaveLength(2)
      for (const event of told)
        expect(event).toMatchObject({
          text: 'hello',
          addressed: 'mention',
          workspace: { externalId: team.id, name: team.name },
          channel: { externalId: channel.id, name: 'general' },
          person: { externalId: person.id, name: person.name, language: person.locale },
          target: { team: team.id, channel: channel.id, user: person.id },
        })
    }
    await settled(slack)
  })

  test('each open the form for code, take it in and know whose it is', async () => {
    const { slack, globex } = await setUp()
    const connection = await connect(slack, { mode })
    const { team, person, channel } = globex
    await slack.slashCommand(channel, person, { command: '/run', text: '' })
    const [modal] = slack.views
    if (!modal) throw new Error('no form was opened')
    await slack.submitModal(modal.id, { language: 'javascript', code: '1' })
    await slack.slashCommand(channel, person, { command: '/why', text: '' })
    const place = { workspace: { externalId: team.id, name: 'Globex' }, target: { team: team.id } }
    expect(await committed(connection, 2)).toMatchObject([
      { command: 'run', person: { name: 'gus' }, ...place },
      { command: 'why', ...place },
    ])
  })
})

describe('what the workspaces know', () => {
  test('the bot of the other workspace is somebody else', async () => {
    const { slack, acme, globex } = await setUp()
    const connection = await connect(slack)
    slack.say(acme.channel, acme.person, { text: `<@${globex.team.botUserId}> hello` })
    expect(messages(await committed(connection, 1))).toMatchObject([{ addressed: 'none' }])
  })

  test('in a channel that both share, the one whose bot is mentioned is asked', async () => {
    const { slack, acme, globex } = await setUp()
    const connection = await connect(slack)
    slack.say(acme.channel, acme.person, { text: `<@${globex.team.botUserId}> hello` })
    await settled(slack)
    const [delivery] = slack.deliveries
    if (!delivery) throw new Error('nothing was delivered')
    const shared = { ...delivery, payload: { ...delivery.payload, is_ext_shared_channel: true } }
    await slack.redeliver(shared)
    expect(messages(await committed(connection, 2))[1]).toMatchObject({
      text: 'hello',
      addressed: 'mention',
      workspace: { externalId: globex.team.id },
      target: { team: globex.team.id, channel: acme.channel.id },
    })
  })

  test('the same id has a name of its own in each', async () => {
    const { slack, acme, globex } = await setUp()
    const [one, other] = ['ann', 'bob'].map((name, index) =>
      slack.addPerson({ name, id: 'U0SAME', team: index === 0 ? acme.team : globex.team }),
    )
    if (!one || !other) throw new Error('nobody was added')
    slack.addMember(acme.channel, one.id)
    slack.addMember(globex.channel, other.id)
    const connection = await connect(slack)
    slack.say(acme.channel, one, { text: 'hi' })
    slack.say(globex.channel, other, { text: 'hi' })
    const names = (await committed(connection, 2)).map(({ workspace, person }) => [
      workspace.name,
      person.name,
    ])
    expect(names.sort()).toEqual([
      ['Acme', 'ann'],
      ['Globex', 'bob'],
    ])
  })

  test('a renamed channel has its new name in its workspace', async () => {
    const { slack, globex } = await setUp()
    const connection = await connect(slack)
    slack.say(globex.channel, globex.person, { text: 'before' })
    await committed(connection, 1)
    slack.rename(globex.channel, 'lounge')
    await settled(slack)
    slack.say(globex.channel, globex.person, { text: 'after' })
    expect((await committed(connection, 2))[1]?.channel.name).toBe('lounge')
  })
})

describe('a token that Slack refuses', () => {
  test('does not stop the others; what comes from its workspace is ignored, and said once', async () => {
    const { slack, acme, globex } = await setUp()
    const credentials = credentialsOf(slack)
    slack.rotateToken(globex.team)
    const connection = runReceiver(credentials)
    await vi.waitFor(() => expect(connection.states).toHaveLength(1), 5_000)
    expect(connection.states).toEqual([
      {
        kind: 'connected',
        account: 'brainall (Acme); bot token 2 of 2 is refused',
        workspaces: [{ externalId: acme.team.id, name: 'Acme' }],
      },
    ])

    slack.say(globex.channel, globex.person, { text: 'one' })
    slack.say(globex.channel, globex.person, { text: 'two' })
    slack.say(acme.channel, acme.person, { text: 'three' })
    expect(await committed(connection, 1)).toMatchObject([{ text: 'three' }])
    await settled(slack)
    expect(connection.log.lines.filter(({ fields }) => 'team' in fields)).toEqual([
      expect.objectContaining({ level: 'warn', fields: { team: globex.team.id } }),
    ])
    expect(JSON.stringify(connection.log.lines)).not.toContain('xoxb-')
  })

  test('ends the connection where all are', async () => {
    const { slack } = await setUp()
    const connection = runReceiver({ ...credentialsOf(slack), botToken: 'xoxb-wrong,xoxb-too' })
    expect(await connection.ended).toMatchObject({
      code: 'platform_unauthorized',
      message: 'Slack refuses all 2 bot tokens',
    })
  })

  test('is told by its place, beside the accounts of the others', async () => {
    const { slack } = await setUp()
    const credentials = credentialsOf(slack)
    expect(await adapter.identify(credentials, signal)).toBe('brainall (Acme), brainall (Globex)')
    const one = { ...credentials, botToken: `xoxb-wrong,${slack.team.botToken}` }
    await expect(adapter.identify(one, signal)).rejects.toMatchObject({
      code: 'platform_unauthorized',
      message: 'bot token 1 of 2: Slack refused auth.test: invalid_auth; accepted: brainall (Acme)',
    })
  })
})

test('an app that is removed from one workspace goes on in the other, until none is left', async () => {
  const { slack, acme, globex } = await setUp()
  const connection = await connect(slack)
  slack.uninstall(acme.team)
  await vi.waitFor(() => expect(connection.states).toHaveLength(2), 5_000)
  expect(connection.states[1]).toEqual({
    kind: 'connected',
    account: 'brainall (Globex); brainall (Acme) was removed',
    workspaces: [{ externalId: globex.team.id, name: 'Globex' }],
  })
  slack.say(globex.channel, globex.person, { text: 'still there?' })
  expect(await committed(connection, 1)).toMatchObject([{ text: 'still there?', person: { name: 'gus' } }])
  slack.uninstall(globex.team)
  expect(await connection.ended).toMatchObject({ code: 'platform_unauthorized' })
})

describe('sending', () => {
  const targetOf = ({ team, channel }: { team: SlackTeam; channel: { id: string } }) => ({
    channel: externalId(channel.id),
    team: team.id,
  })

  test('posts, edits and removes as the bot of the workspace', async () => {
    const { slack, acme, globex } = await setUp()
    const sender = senderFor(slack)
    for (const place of [globex, acme]) {
      const target = targetOf(place)
      const { externalId: id } = await sender.post(textPost(target, 'helo'), signal)
      const content = { kind: 'text' as const, part: { body: { text: 'hello' } }, controls: [] }
      await sender.edit({ target, externalId: id, content, key: 'key1', final: true }, signal)
      expect(slack.messages(place.channel)).toMatchObject([{ user: place.team.botUserId, text: 'hello' }])
      expect(await sender.findPosted?.(target, 'key1', signal)).toBe(id)
      await sender.remove(target, id, signal)
      expect(slack.messages(place.channel)).toEqual([])
    }
  })

  test('a target from before there were several is that of the first token', async () => {
    const { slack, acme } = await setUp()
    await senderFor(slack).post(textPost({ channel: externalId(acme.channel.id) }, 'hello'), signal)
    expect(slack.messages(acme.channel)).toMatchObject([{ text: 'hello' }])
  })

  test('asks whose the tokens are again where Slack did not answer, and stops where no token is', async () => {
    const { slack, globex } = await setUp()
    const sender = senderFor(slack)
    slack.faults.add({ match: /auth\.test/, effect: { kind: 'cut' }, times: 2 })
    const request = textPost(targetOf(globex), 'hello')
    await expect(sender.post(request, signal)).rejects.toMatchObject({ retry: { kind: 'later' } })
    await sender.post(request, signal)
    expect(slack.messages(globex.channel)).toMatchObject([{ text: 'hello' }])
    const elsewhere = textPost({ ...targetOf(globex), team: 'T0ELSEWHERE' }, 'hello')
    await expect(sender.post(elsewhere, signal)).rejects.toMatchObject({
      code: 'platform_unauthorized',
      retry: { kind: 'never' },
    })
  })

  test('is not stopped by a refused token of another workspace', async () => {
    const { slack, globex } = await setUp()
    const credentials = { ...credentialsOf(slack), botToken: `xoxb-wrong,${globex.team.botToken}` }
    const sender = adapter.createSender(credentials, createRecordingLogger())
    await sender.post(textPost(targetOf(globex), 'hello'), signal)
    expect(slack.messages(globex.channel)).toMatchObject([{ user: globex.team.botUserId, text: 'hello' }])
  })

  test('files are opened by the token of the workspace they are in', async () => {
    const { slack, globex } = await setUp()
    const connection = await connect(slack)
    const file = { name: 'notes.txt', mimetype: 'text/plain', data: Buffer.from('notes') }
    slack.shareFile(globex.channel, globex.person, file)
    const [attachment] = messages(await committed(connection, 1))[0]?.attachments ?? []
    if (!attachment) throw new Error('the message has no file')
    const sender = senderFor(slack)
    const { url, ...withoutUrl } = attachment.reference
    expect(url).toBeDefined()
    for (const reference of [attachment.reference, withoutUrl]) {
      const { stream } = await sender.download(reference, signal)
      expect(await text(stream)).toBe('notes')
    }
  })
})

test('the environment names one token or several, and none of another kind', () => {
  const app = { SLACK_APP_TOKEN: 'xapp-1' }
  const botTokens = (SLACK_BOT_TOKEN: string) => {
    const connection = adapter.fromEnvironment(loadEnvironment({ ...app, SLACK_BOT_TOKEN }))
    return connection && parseCredentials(connection.credentials).botTokens
  }
  expect(botTokens('xoxb-1')).toEqual(['xoxb-1'])
  expect(botTokens('xoxb-1, xoxb-2,xoxb-1')).toEqual(['xoxb-1', 'xoxb-2'])
  for (const wrong of ['xoxb-1,', 'xoxb-1,xapp-2', 'xoxb-1 xoxb-2', 'xoxp-1'])
    expect(() => botTokens(wrong)).toThrow(/SLACK_BOT_TOKEN: must begin with xoxb-/)
})
