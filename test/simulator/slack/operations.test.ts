import { expect, test } from 'vitest'
import { refusal, startSlack, webClient } from './bolt-app.ts'

test('rate limits answer 429 with the seconds to wait, per method and per channel', async () => {
  let time = 1_700_000_000_000
  const slack = await startSlack({ rateLimits: true, now: () => time })
  const channels = ['one', 'two'].map((name) => slack.addChannel({ name, members: [] }).id)
  const client = webClient(slack)
  const post = (channel = ''): Promise<unknown> => client.chat.postMessage({ channel, text: 'a' })
  for (let n = 0; n < 3; n += 1) await post(channels[0])
  await expect(post(channels[0])).rejects.toMatchObject({ retryAfter: 1 })
  await post(channels[1])
  time += 1000
  await post(channels[0])

  for (let n = 0; n < 20; n += 1) await client.users.list({})
  await expect(client.users.list({})).rejects.toMatchObject({ retryAfter: 60 })
  await client.team.info()
  time += 60_000
  await client.users.list({})
})

test('a response URL takes five answers within half an hour', async () => {
  let time = 1_700_000_000_000
  const slack = await startSlack({ now: () => time })
  const maria = slack.addPerson({ name: 'maria' })
  const general = slack.addChannel({ name: 'general', members: [maria] })
  await slack.slashCommand(general, maria, { command: '/usage', text: '' })
  await slack.slashCommand(general, maria, { command: '/usage', text: '' })
  const [first, second] = slack.deliveries.map(({ payload }) => String(payload.response_url))
  const respond = async (url: string | undefined, body: unknown): Promise<number> =>
    (await fetch(String(url), { method: 'POST', body: JSON.stringify(body) })).status

  expect(await respond(first, { text: 'a<b' })).toBe(400)
  for (let n = 0; n < 5; n += 1) expect(await respond(first, { text: `answer ${n}` })).toBe(200)
  expect(await respond(first, { text: 'one too many' })).toBe(404)
  time += 30 * 60_000 + 1
  expect(await respond(second, { text: 'late' })).toBe(404)
  expect(slack.messages(general, { viewer: maria })).toHaveLength(5)
})

test('a person installs the app in another team, which can uninstall it', async () => {
  const slack = await startSlack({ teams: [{ name: 'Acme' }, { name: 'Beta', installed: false }] })
  const beta = [...slack.teams.values()].at(1)
  if (!beta) throw new Error('no second team')
  const consent = new URL(slack.authorizationUrl)
  consent.search = new URLSearchParams({
    client_id: slack.clientId,
    redirect_uri: 'https://hub.example/slack/oauth_redirect',
    state: 'opaque',
    team: beta.id,
  }).toString()
  const redirect = await fetch(consent, { redirect: 'manual' })
  const back = new URL(String(redirect.headers.get('location')))
  expect(back.searchParams.get('state')).toBe('opaque')

  const anonymous = webClient(slack, '')
  const access = await anonymous.oauth.v2.access({
    client_id: slack.clientId,
    client_secret: slack.clientSecret,
    code: String(back.searchParams.get('code')),
    redirect_uri: 'https://hub.example/slack/oauth_redirect',
  })
  expect(access).toMatchObject({ team: { id: beta.id }, token_type: 'bot', bot_user_id: beta.botUserId })
  const client = webClient(slack, access.access_token)
  expect(await client.auth.test()).toMatchObject({ team_id: beta.id, bot_id: beta.botId })

  slack.uninstall(beta)
  expect(await refusal(client.auth.test())).toBe('account_inactive')
  expect(slack.deliveries.map(({ type }) => type)).toEqual(['tokens_revoked', 'app_uninstalled'])
})

test('the same names give the same ids and tokens, events never repeat', async () => {
  const ids = async (): Promise<[string, string, string]> => {
    const slack = await startSlack()
    const maria = slack.addPerson({ name: 'maria' })
    slack.say(slack.direct(maria), maria, { text: 'hi' })
    return [slack.team.id + maria.id, slack.team.botToken, slack.deliveries[0]?.id ?? '']
  }
  const [first, second] = [await ids(), await ids()]
  expect(first.slice(0, 2)).toEqual(second.slice(0, 2))
  expect(first[2]).not.toBe(second[2])
})

test('an injected fault hits the call it names', async () => {
  const slack = await startSlack()
  const general = slack.addChannel({ name: 'general', members: [] })
  const client = webClient(slack)
  slack.faults.add({ match: /chat\.postMessage/, effect: { kind: 'lose-answer' }, times: 1 })

  await expect(
    client.chat.postMessage({ channel: general.id, text: 'posted all the same' }),
  ).rejects.toThrow()

  expect(slack.messages(general)).toMatchObject([{ text: 'posted all the same' }])
})
