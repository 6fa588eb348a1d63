import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { webhookCallback } from 'grammy'
import { expect, test, vi } from 'vitest'
import { botFor, onEnd, openTelegram } from './running-bot.ts'

async function listen(handle: RequestListener): Promise<string> {
  const server = createServer(handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onEnd(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
}

test('grammY answers through a webhook, and the secret goes with each delivery', async () => {
  const telegram = await openTelegram()
  const bot = botFor(telegram)
  bot.on('message:text', (ctx) => ctx.reply(`heard ${ctx.msg.text}`))
  const url = await listen(webhookCallback(bot, 'http', { secretToken: 'a_Secret-1' }))
  await bot.api.setWebhook(url, { secret_token: 'a_Secret-1' })
  const ana = telegram.createPerson({ firstName: 'Ana' })
  telegram.say(telegram.privateChat(ana), ana, 'hello')
  await telegram.waitForMessage(({ text }) => text === 'heard hello')
  await vi.waitFor(async () =>
    expect(await bot.api.getWebhookInfo()).toMatchObject({ url, pending_update_count: 0 }),
  )
  await expect(bot.api.getUpdates()).rejects.toMatchObject({
    error_code: 409,
    description:
      "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
  })
  await bot.api.deleteWebhook()
  expect(await bot.api.getUpdates()).toEqual([])
})

test('a refused delivery comes again with growing delay, in order within its chat', async () => {
  const telegram = await openTelegram({ webhookRetryMs: 20 })
  const arrivals: { text: string; at: number; secret: unknown }[] = []
  let refusals = 3
  const url = await listen(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { message } = JSON.parse(body)
    const secret = request.headers['x-telegram-bot-api-secret-token']
    arrivals.push({ text: message.text, at: performance.now(), secret })
    response.statusCode = refusals > 0 ? 500 : 200
    refusals -= 1
    response.end()
  })
  const { api } = botFor(telegram)
  await api.setWebhook(url, { secret_token: 's3' })
  const ana = telegram.createPerson({ firstName: 'Ana' })
  telegram.say(telegram.privateChat(ana), ana, 'first')
  telegram.say(telegram.privateChat(ana), ana, 'second')
  await vi.waitFor(() => expect(arrivals).toHaveLength(5))
  expect(arrivals.map(({ text }) => text)).toEqual(['first', 'first', 'first', 'first', 'second'])
  expect(arrivals.every(({ secret }) => secret === 's3')).toBe(true)
  const gaps = arrivals.slice(1, 4).map(({ at }, index) => at - (arrivals[index]?.at ?? 0))
  expect(gaps[1]).toBeGreaterThan(39)
  expect(gaps[2]).toBeGreaterThan(79)
  expect(await api.getWebhookInfo()).toMatchObject({
    last_error_message: 'Wrong response from the webhook: 500 Internal Server Error',
  })
})

test('chats are delivered in parallel, up to max_connections', async () => {
  const telegram = await openTelegram()
  const held: (() => void)[] = []
  const url = await listen((request, response) => {
    request.resume()
    held.push(() => void response.end())
  })
  await botFor(telegram).api.setWebhook(url, { max_connections: 2 })
  for (const firstName of ['Ana', 'Rui', 'Eva']) {
    const person = telegram.createPerson({ firstName })
    telegram.say(telegram.privateChat(person), person, 'hi')
  }
  await vi.waitFor(() => expect(held).toHaveLength(2))
  held[0]?.()
  await vi.waitFor(() => expect(held).toHaveLength(3))
  for (const release of held) release()
  await vi.waitFor(() => expect(telegram.waitingUpdates).toBe(0))
})

test('a webhook must be https on a public port, unless it is on this machine', async () => {
  const { api } = botFor(await openTelegram())
  await expect(api.setWebhook('http://example.org/hook')).rejects.toThrow(
    'bad webhook: An HTTPS URL must be provided for webhook',
  )
  await expect(api.setWebhook('https://example.org:3000/hook')).rejects.toThrow(
    'bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443',
  )
  await expect(api.setWebhook('http://127.0.0.1:1/', { secret_token: 'a b' })).rejects.toThrow(
    'secret token contains unallowed characters',
  )
})
