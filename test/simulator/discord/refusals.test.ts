import { afterEach, expect, test } from 'vitest'
import { permission } from '../../../src/simulator/discord/index.ts'
import { call, createStage } from './stage.ts'

const stage = createStage()
afterEach(() => stage.clear())

test('bodies that the real API refuses are refused in its words', async () => {
  const { discord, channel } = await stage.set()
  const post = (body: unknown) => call(discord, 'POST', `/channels/${channel.id}/messages`, body)
  const invalid = (errors: unknown) => ({
    status: 400,
    body: { code: 50035, message: 'Invalid Form Body', errors },
  })

  expect(await post({ content: 'x'.repeat(2001) })).toMatchObject(
    invalid({
      content: { _errors: [{ code: 'BASE_TYPE_MAX_LENGTH', message: 'Must be 2000 or fewer in length.' }] },
    }),
  )
  expect(await post({ content: '🙂'.repeat(2000) })).toMatchObject({ status: 200 })
  expect(await post({ content: ' \n ' })).toMatchObject({ status: 400, body: { code: 50006 } })
  expect(await post({ contents: 'x' })).toMatchObject(
    invalid({ contents: { _errors: [{ code: 'UNKNOWN_PROPERTY' }] } }),
  )
  expect(await post({ embeds: [{ description: 'x'.repeat(4097) }] })).toMatchObject(
    invalid({ embeds: { '0': { description: { _errors: [{ code: 'BASE_TYPE_MAX_LENGTH' }] } } } }),
  )
  expect(
    await post({ embeds: [{ description: 'x'.repeat(4000) }, { description: 'x'.repeat(2001) }] }),
  ).toMatchObject(invalid({ embeds: { _errors: [{ code: 'MAX_EMBED_SIZE_EXCEEDED' }] } }))
  const button = { type: 2, style: 1, label: 'Go', custom_id: 'x'.repeat(101) }
  expect(await post({ content: 'x', components: [{ type: 1, components: [button] }] })).toMatchObject(
    invalid({
      components: {
        '0': { components: { '0': { custom_id: { _errors: [{ code: 'BASE_TYPE_BAD_LENGTH' }] } } } },
      },
    }),
  )
  expect(await post({ content: 'x', components: [{ type: 10, content: 'text' }] })).toMatchObject(
    invalid({ components: { _errors: [{ code: 'UNION_TYPE_CHOICES' }] } }),
  )
  expect(
    await post({ content: 'x', flags: 32768, components: [{ type: 10, content: 'text' }] }),
  ).toMatchObject({ status: 400 })
  expect(await post({ flags: 32768, components: [{ type: 10, content: 'text' }] })).toMatchObject({
    status: 200,
  })
  expect(
    await post({ content: 'x', allowed_mentions: { parse: ['users'], users: ['123456789012345678'] } }),
  ).toMatchObject({
    status: 400,
  })
  expect(await post({ content: 'x', message_reference: { message_id: '123456789012345678' } })).toMatchObject(
    invalid({ message_reference: { _errors: [{ code: 'MESSAGE_REFERENCE_UNKNOWN_MESSAGE' }] } }),
  )
  expect(channel.messages).toHaveLength(2)
})

test('what is not there, not allowed or not ours', async () => {
  const { discord, guild, ada, channel } = await stage.set()
  const message = discord.say(channel, ada, 'mine')
  const at = `/channels/${channel.id}/messages`
  expect(await call(discord, 'PATCH', `${at}/${message.id}`, { content: 'stolen' })).toMatchObject({
    status: 403,
    body: { code: 50005 },
  })
  expect(await call(discord, 'DELETE', `${at}/${message.id}`)).toMatchObject({
    status: 403,
    body: { code: 50013 },
  })
  expect(await call(discord, 'GET', `${at}/123456789012345678`)).toMatchObject({
    status: 404,
    body: { code: 10008 },
  })
  expect(
    await call(discord, 'POST', '/channels/123456789012345678/messages', { content: 'x' }),
  ).toMatchObject({
    status: 404,
    body: { code: 10003 },
  })
  expect(await call(discord, 'GET', '/nothing/here')).toMatchObject({ status: 404, body: { code: 0 } })
  const typing = await call(discord, 'POST', `/channels/${channel.id}/typing`)
  expect([typing.status, typing.headers.get('content-type')]).toEqual([204, null])
  discord.denyBot(channel, permission.sendMessages)
  expect(await call(discord, 'POST', at, { content: 'x' })).toMatchObject({
    status: 403,
    body: { code: 50013 },
  })
  discord.removeBot(guild)
  expect(await call(discord, 'POST', at, { content: 'x' })).toMatchObject({
    status: 403,
    body: { code: 50001 },
  })
  expect(discord.rateLimits.invalidRequests).toBe(4)
})

test('commands are validated before they are registered', async () => {
  const { discord } = await stage.set()
  const put = (body: unknown) => call(discord, 'PUT', `/applications/${discord.applicationId}/commands`, body)
  expect(await put([{ name: 'Run', description: 'x' }])).toMatchObject({
    status: 400,
    body: { errors: { '0': { name: { _errors: [{ code: 'APPLICATION_COMMAND_INVALID_NAME' }] } } } },
  })
  expect(await put([{ name: 'run' }])).toMatchObject({ status: 400 })
  expect(await put([{ name: 'run', description: 'x'.repeat(101) }])).toMatchObject({ status: 400 })
  const twice = { name: 'run', description: 'x' }
  expect(await put([twice, twice])).toMatchObject({ status: 400 })
  const option = (name: string, required: boolean) => ({ type: 3, name, description: 'x', required })
  expect(await put([{ ...twice, options: [option('a', false), option('b', true)] }])).toMatchObject({
    status: 400,
    body: {
      errors: {
        '0': { options: { '1': { _errors: [{ code: 'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID' }] } } },
      },
    },
  })
  expect(discord.commands.size).toBe(0)
  expect(await put([twice])).toMatchObject({ status: 200, body: [{ name: 'run', type: 1 }] })
})

test('buckets are told always and enforced on demand, per channel', async () => {
  let clock = Date.now()
  const { discord, guild, channel } = await stage.set({ rateLimits: true, now: () => clock })
  const other = discord.addTextChannel(guild, { name: 'other' })
  const post = (id: string) => call(discord, 'POST', `/channels/${id}/messages`, { content: 'x' })
  const first = await post(channel.id)
  expect(first.headers.get('x-ratelimit-limit')).toBe('5')
  expect(first.headers.get('x-ratelimit-remaining')).toBe('4')
  expect(first.headers.get('x-ratelimit-bucket')).toMatch(/^[0-9a-f]{32}$/)
  for (const _ of [2, 3, 4, 5]) expect((await post(channel.id)).status).toBe(200)
  clock += 1500
  const refused = await post(channel.id)
  expect(refused).toMatchObject({ status: 429, body: { retry_after: 3.5, global: false } })
  expect(refused.headers.get('retry-after')).toBe('4')
  expect(refused.headers.get('x-ratelimit-scope')).toBe('user')
  expect((await post(other.id)).status).toBe(200)
  clock += 3500
  expect((await post(channel.id)).status).toBe(200)
  const reads = await Promise.all(
    Array.from({ length: 60 }, () => call(discord, 'GET', `/channels/${other.id}`)),
  )
  const global = reads.find(({ status }) => status === 429)
  expect(global?.body).toMatchObject({ global: true })
  expect(global?.headers.get('x-ratelimit-global')).toBe('true')
})
