import type { WebAPIPlatformError } from '@slack/web-api'
import { expect, test } from 'vitest'
import { refusal, startSlack, webClient } from './bolt-app.ts'

async function office() {
  const slack = await startSlack()
  const maria = slack.addPerson({ name: 'maria' })
  const general = slack.addChannel({ name: 'general', members: [maria] })
  const client = webClient(slack)
  return { slack, maria, general, client }
}

test('tokens are told apart by kind, team and state', async () => {
  const { slack, client } = await office()
  const as = (token: string) => webClient(slack, token)
  expect(await refusal(as('').auth.test())).toBe('not_authed')
  expect(await refusal(as('xoxb-unknown').auth.test())).toBe('invalid_auth')
  expect(await refusal(as(slack.appToken).auth.test())).toBe('not_allowed_token_type')
  expect(await refusal(client.apps.connections.open())).toBe('not_allowed_token_type')
  expect(await refusal(client.apiCall('auth.test', { team_id: 'T0OTHER' }))).toBe('team_access_not_granted')
  slack.team.installation = 'token_revoked'
  expect(await refusal(client.auth.test())).toBe('token_revoked')
})

test('a scope that was not granted is missed', async () => {
  const slack = await startSlack({ teams: [{ name: 'Acme', scopes: ['chat:write'] }] })
  const client = webClient(slack)
  expect(await refusal(client.users.info({ user: 'U1' }))).toBe('missing_scope')
})

test('unknown and missing arguments are named', async () => {
  const { client, general } = await office()
  const call = client.apiCall('chat.postMessage', { text: 'a', colour: 'red', thread_ts: 'yesterday' })
  const error: WebAPIPlatformError = await call.then(
    () => Promise.reject(new Error('not refused')),
    (reason) => reason,
  )
  expect(error.data.response_metadata?.messages).toEqual([
    '[ERROR] missing required field: channel',
    '[ERROR] unknown argument: colour',
    '[ERROR] invalid `thread_ts`: must be a timestamp like 1700000000.000100',
  ])
  expect(await refusal(client.apiCall('chat.post', { channel: general.id }))).toBe('unknown_method')
})

const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } })

test.each<[string, Record<string, unknown>, string]>([
  ['nothing to show', {}, 'no_text'],
  ['text over 40,000', { text: 'x'.repeat(40_001) }, 'msg_too_long'],
  ['markdown over 12,000', { markdown_text: 'x'.repeat(12_001) }, 'msg_too_long'],
  ['markdown with text', { markdown_text: 'a', text: 'a' }, 'markdown_text_conflict'],
  ['markdown with blocks', { markdown_text: 'a', blocks: [section('a')] }, 'markdown_text_conflict'],
  [
    '51 blocks',
    { text: 'a', blocks: Array.from({ length: 51 }, () => ({ type: 'divider' })) },
    'invalid_blocks',
  ],
  ['a section of 3,001', { text: 'a', blocks: [section('x'.repeat(3001))] }, 'invalid_blocks'],
  ['unknown block', { text: 'a', blocks: [{ type: 'sparkle' }] }, 'invalid_blocks'],
  ['blocks that are no list', { text: 'a', blocks: {} }, 'invalid_blocks_format'],
  [
    'blocks too long together',
    { text: 'a', blocks: Array.from({ length: 5 }, () => section('x'.repeat(2900))) },
    'msg_blocks_too_long',
  ],
  [
    'markdown blocks over 12,000 together',
    { text: 'a', blocks: ['x', 'y'].map((c) => ({ type: 'markdown', text: c.repeat(6001) })) },
    'invalid_blocks',
  ],
  ['an unescaped <', { text: 'if a<b then' }, 'invalid_arguments'],
  ['an unescaped < in a section', { text: 'a', blocks: [section('List<String>')] }, 'invalid_blocks'],
  ['a thread that is not there', { text: 'a', thread_ts: '1700000000.000001' }, 'thread_not_found'],
  ['metadata without a payload', { text: 'a', metadata: { event_type: 'x' } }, 'invalid_metadata_schema'],
])('chat.postMessage refuses %s', async (_, content, code) => {
  const { client, general, slack } = await office()
  expect(await refusal(client.apiCall('chat.postMessage', { channel: general.id, ...content }))).toBe(code)
  expect(slack.messages(general)).toEqual([])
})

test('links, mentions and escaped text pass, and who was pinged is known', async () => {
  const { client, general, slack, maria } = await office()
  const text = `<https://example.org|here> <@${maria.id}> <!channel> 1 &lt; 2`
  await client.chat.postMessage({ channel: general.id, text })
  expect([...(slack.messages(general)[0]?.pings ?? [])]).toEqual([maria.id, 'channel'])
})

test('where the bot is not, it cannot write', async () => {
  const { client, slack, maria } = await office()
  const open = slack.addChannel({ name: 'open', members: [maria], bot: false })
  const secret = slack.addChannel({ name: 'secret', kind: 'private', members: [maria], bot: false })
  const post = (channel: string) => refusal(client.chat.postMessage({ channel, text: 'a' }))
  expect(await post(open.id)).toBe('not_in_channel')
  expect(await post(secret.id)).toBe('channel_not_found')
  expect(await post('C0NOWHERE')).toBe('channel_not_found')
  slack.addMember(open, slack.team.botUserId)
  slack.archive(open)
  expect(await post(open.id)).toBe('is_archived')
})

test('only own messages can be changed or deleted', async () => {
  const { client, slack, general, maria } = await office()
  const { ts } = slack.say(general, maria, { text: 'mine' })
  const target = { channel: general.id, ts }
  expect(await refusal(client.chat.update({ ...target, text: 'yours' }))).toBe('cant_update_message')
  expect(await refusal(client.chat.delete(target))).toBe('cant_delete_message')
  const gone = { channel: general.id, ts: '1700000000.000001' }
  expect(await refusal(client.chat.update({ ...gone, text: 'a' }))).toBe('message_not_found')
  const reply = await client.chat.postMessage({ channel: general.id, text: 'a', thread_ts: ts })
  const nested = client.chat.postMessage({ channel: general.id, text: 'b', thread_ts: String(reply.ts) })
  expect(await refusal(nested)).toBe('cannot_reply_to_message')
})

test('an update without blocks keeps them, an empty list removes them', async () => {
  const { client, general, slack } = await office()
  const blocks = [{ type: 'divider' }]
  const { ts = '' } = await client.chat.postMessage({ channel: general.id, text: 'a', blocks })
  await client.chat.update({ channel: general.id, ts, text: 'b' })
  expect(slack.messages(general)[0]?.blocks).toHaveLength(1)
  await client.chat.update({ channel: general.id, ts, text: 'c', blocks: [] })
  expect(slack.messages(general)[0]).toMatchObject({ text: 'c', blocks: undefined })
})

test('JSON bodies are read where Slack reads them', async () => {
  const { slack, general } = await office()
  const call = async (method: string, body: unknown): Promise<unknown> => {
    const response = await fetch(`${slack.apiUrl}${method}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${slack.team.botToken}`,
        'content-type': 'application/json; charset=utf-8',
      },
      body: JSON.stringify(body),
    })
    return response.json()
  }
  expect(
    await call('chat.postMessage', { channel: general.id, text: 'from JSON', blocks: [section('x')] }),
  ).toMatchObject({ ok: true })
  expect(await call('users.info', { user: 'U1' })).toEqual({ ok: false, error: 'invalid_form_data' })
})

test('history and replies page through what is shown', async () => {
  const { client, slack, general, maria } = await office()
  const root = slack.say(general, maria, { text: 'one' })
  slack.say(general, maria, { text: 'in the thread', threadTs: root.ts })
  slack.delete(slack.say(general, maria, { text: 'gone' }))
  slack.say(general, maria, { text: 'two' })
  const first = await client.conversations.history({ channel: general.id, limit: 1 })
  const cursor = String(first.response_metadata?.next_cursor)
  const second = await client.conversations.history({ channel: general.id, limit: 1, cursor })
  expect([first, second].map(({ messages }) => messages?.[0]?.text)).toEqual(['two', 'one'])
  expect(second).toMatchObject({ has_more: false, messages: [{ reply_count: 1 }] })
  const replies = await client.conversations.replies({ channel: general.id, ts: root.ts })
  expect(replies.messages?.map(({ text }) => text)).toEqual(['one', 'in the thread'])
})
