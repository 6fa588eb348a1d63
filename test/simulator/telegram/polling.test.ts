import { InputFile } from 'grammy'
import { expect, test, vi } from 'vitest'
import { botFor, openTelegram, startPolling } from './running-bot.ts'

test('a person writes, the bot answers and edits its answer', async () => {
  const telegram = await openTelegram()
  const bot = botFor(telegram)
  bot.on('message:text', async (ctx) => {
    await ctx.replyWithChatAction('typing')
    const sent = await ctx.reply(`thinking about ${ctx.msg.text}`, {
      reply_parameters: { message_id: ctx.msg.message_id },
    })
    await ctx.api.editMessageText(sent.chat.id, sent.message_id, '*done*', { parse_mode: 'MarkdownV2' })
  })
  await startPolling(bot)
  const ana = telegram.createPerson({ firstName: 'Ana', username: 'ana' })
  const chat = telegram.privateChat(ana)
  const question = telegram.say(chat, ana, 'tea')

  const answer = await telegram.waitForMessage(({ text }) => text === 'done')
  expect(answer).toMatchObject({
    from: { id: telegram.bot.id },
    replyTo: question.id,
    entities: [{ type: 'bold', offset: 0, length: 4 }],
  })
  expect(answer.versions.map(({ text }) => text)).toEqual(['thinking about tea', 'done'])
  expect(answer.versions[1]?.at).toBeGreaterThanOrEqual(answer.versions[0]?.at ?? Infinity)
  expect(chat.actions).toMatchObject([{ action: 'typing' }])
  await telegram.waitFor(() => telegram.waitingUpdates === 0)
})

test('the bot downloads a voice note that a person sent', async () => {
  const telegram = await openTelegram()
  const bot = botFor(telegram)
  const heard = Promise.withResolvers<{ duration: number; bytes: string }>()
  bot.on('message:voice', async (ctx) => {
    const { file_path } = await ctx.getFile()
    const response = await fetch(`${telegram.url}/file/bot${telegram.token}/${file_path}`)
    heard.resolve({ duration: ctx.msg.voice.duration, bytes: await response.text() })
  })
  await startPolling(bot)
  const ana = telegram.createPerson({ firstName: 'Ana' })
  telegram.voice(telegram.privateChat(ana), ana, { data: Buffer.from('OggS sound'), durationSeconds: 7 })
  expect(await heard.promise).toEqual({ duration: 7, bytes: 'OggS sound' })
})

test('a file over 20 MiB is listed but not handed out', async () => {
  const telegram = await openTelegram()
  const ana = telegram.createPerson({ firstName: 'Ana' })
  const big = telegram.document(telegram.privateChat(ana), ana, {
    data: Buffer.from('x'),
    fileName: 'big.pdf',
    mimeType: 'application/pdf',
    declaredSize: (20 << 20) + 1,
  })
  await expect(botFor(telegram).api.getFile(big.media?.file.id ?? '')).rejects.toMatchObject({
    error_code: 400,
    description: 'Bad Request: file is too big',
  })
})

test('uploads arrive whole, with names that hold spaces', async () => {
  const telegram = await openTelegram()
  const ana = telegram.createPerson({ firstName: 'Ana' })
  const chat = telegram.privateChat(ana)
  telegram.say(chat, ana, 'hi')
  const data = Buffer.from([0, 13, 10, 45, 45, 255, 13, 10])
  await botFor(telegram).api.sendDocument(chat.id, new InputFile(data, 'my long report.bin'), {
    caption: 'the <b>report</b>',
    parse_mode: 'HTML',
    reply_markup: { inline_keyboard: [[{ text: 'ok', callback_data: 'ok' }]] },
  })
  const sent = await telegram.waitForMessage(({ media }) => media?.kind === 'document')
  expect(sent.media?.file.name).toBe('my long report.bin')
  expect(sent.media?.file.data.equals(data)).toBe(true)
  expect(sent).toMatchObject({ text: 'the report', entities: [{ type: 'bold', offset: 4, length: 6 }] })
})

test('a pressed button reaches the bot and its answer reaches the person', async () => {
  const telegram = await openTelegram()
  const bot = botFor(telegram)
  bot.callbackQuery('stop', (ctx) => ctx.answerCallbackQuery({ text: 'stopped' }))
  await startPolling(bot)
  const ana = telegram.createPerson({ firstName: 'Ana' })
  const chat = telegram.privateChat(ana)
  telegram.say(chat, ana, 'hi')
  await bot.api.sendMessage(chat.id, 'busy', {
    reply_markup: { inline_keyboard: [[{ text: 'Stop', callback_data: 'stop' }]] },
  })
  const busy = await telegram.waitForMessage(({ text }) => text === 'busy')
  expect(() => telegram.pressButton(busy, 'other', ana)).toThrow('no button')
  const press = telegram.pressButton(busy, 'stop', ana)
  expect(await telegram.waitFor(() => press.answer)).toEqual({ text: 'stopped', showAlert: false })
  await expect(bot.api.answerCallbackQuery(press.queryId)).rejects.toThrow('query is too old')
})

test('updates survive until they are confirmed, and come again when told to', async () => {
  const telegram = await openTelegram()
  const ana = telegram.createPerson({ firstName: 'Ana' })
  const message = telegram.say(telegram.privateChat(ana), ana, 'hi')
  const { api } = botFor(telegram)
  const [first] = await api.getUpdates()
  expect(await api.getUpdates()).toEqual([first])
  const after = (first?.update_id ?? 0) + 1
  expect(await api.getUpdates({ offset: after })).toEqual([])

  const [update] = telegram.updatesOf(message)
  if (!update) throw new Error('the message made no update')
  telegram.redeliver(update)
  expect(await api.getUpdates({ offset: after })).toEqual([first])
  expect(await api.getUpdates({ offset: after })).toEqual([])
  telegram.duplicate(update)
  expect(await api.getUpdates({ offset: after })).toEqual([{ ...first, update_id: after }])
})

test('updates come late, in the wrong order and with gaps when told to', async () => {
  const telegram = await openTelegram()
  const ana = telegram.createPerson({ firstName: 'Ana' })
  const { api } = botFor(telegram)
  const release = telegram.holdUpdates()
  telegram.say(telegram.privateChat(ana), ana, 'one')
  telegram.skipUpdateIds(10)
  telegram.say(telegram.privateChat(ana), ana, 'two')
  expect(await api.getUpdates()).toEqual([])
  const waiting = api.getUpdates({ timeout: 10 })
  release('reversed')
  const [two, one] = await waiting
  expect([two?.message?.text, one?.message?.text]).toEqual(['two', 'one'])
  expect((two?.update_id ?? 0) - (one?.update_id ?? 0)).toBe(11)
})

test('a second poller ends the first with 409', async () => {
  const telegram = await openTelegram()
  const first = await startPolling(botFor(telegram))
  await startPolling(botFor(telegram))
  expect(await first.ended).toContain(
    '(409: Conflict: terminated by other getUpdates request; make sure that only one bot instance is running)',
  )
})

test('a wrong token is 401 and ends the bot', async () => {
  const telegram = await openTelegram()
  const bot = botFor(telegram)
  telegram.rotateToken('7000000001:another')
  expect(await (await startPolling(bot)).ended).toContain('(401: Unauthorized)')
})

test('in a group with privacy mode the bot gets commands, mentions and replies to it only', async () => {
  const telegram = await openTelegram()
  const bot = botFor(telegram)
  const heard: string[] = []
  bot.on('message:text', (ctx) => void heard.push(ctx.msg.text))
  await startPolling(bot)
  const ana = telegram.createPerson({ firstName: 'Ana' })
  const group = telegram.createGroup({ title: 'Team', creator: ana })
  await bot.api.sendMessage(group.id, 'hello team')
  const hello = await telegram.waitForMessage(({ text }) => text === 'hello team')
  telegram.say(group, ana, 'just talking')
  telegram.say(group, ana, '/run@some_other_bot 1')
  telegram.say(group, ana, '/run 1+1')
  telegram.say(group, ana, { text: 'and you?', replyTo: hello })
  telegram.say(group, ana, 'hey @brainall_bot')
  telegram.setPrivacyMode(false)
  telegram.say(group, ana, 'now you read all')
  await vi.waitFor(() =>
    expect(heard).toEqual(['/run 1+1', 'and you?', 'hey @brainall_bot', 'now you read all']),
  )
})

test('topics, their implicit reply, and the move to a supergroup look as on the real platform', async () => {
  const telegram = await openTelegram({ privacyMode: false })
  const ana = telegram.createPerson({ firstName: 'Ana' })
  const forum = telegram.createSupergroup({ title: 'Forum', creator: ana, forum: true })
  const topic = telegram.createTopic(forum, 'Plans', ana)
  telegram.say(forum, ana, { text: 'in the topic', topic })
  const group = telegram.createGroup({ title: 'Team', creator: ana })
  const grown = telegram.migrate(group)
  const { api } = botFor(telegram)

  const updates = await api.getUpdates()
  expect(updates.find(({ message }) => message?.text === 'in the topic')?.message).toMatchObject({
    message_thread_id: topic.id,
    is_topic_message: true,
    reply_to_message: { forum_topic_created: { name: 'Plans' } },
  })
  expect(updates.find(({ message }) => message?.migrate_to_chat_id)?.message).toMatchObject({
    chat: { id: group.id },
    migrate_to_chat_id: grown.id,
  })
  await expect(api.sendMessage(group.id, 'late')).rejects.toMatchObject({
    error_code: 400,
    description: 'Bad Request: group chat was upgraded to a supergroup chat',
    parameters: { migrate_to_chat_id: grown.id },
  })
  await expect(api.sendMessage(grown.id, 'x', { message_thread_id: 5 })).rejects.toThrow(
    'message thread not found',
  )
})

test('reactions arrive only where asked for, and edits arrive as edits', async () => {
  const telegram = await openTelegram()
  const ana = telegram.createPerson({ firstName: 'Ana' })
  const message = telegram.say(telegram.privateChat(ana), ana, 'one')
  telegram.react(message, ana, '👍')
  const { api } = botFor(telegram)
  await api.getUpdates({ allowed_updates: ['edited_message', 'message_reaction'] })
  telegram.edit(message, 'two')
  telegram.react(message, ana)
  telegram.say(telegram.privateChat(ana), ana, 'not asked for')
  const kinds = (await api.getUpdates({ offset: -10 })).map(({ update_id: _, ...update }) => update)
  expect(kinds).toMatchObject([
    { message: { text: 'one' } },
    { edited_message: { text: 'two', edit_date: expect.any(Number) } },
    { message_reaction: { old_reaction: [{ emoji: '👍' }], new_reaction: [] } },
  ])
})

test('over the limits the bot gets 429 with the seconds to wait', async () => {
  let clock = Date.now()
  const telegram = await openTelegram({ rateLimits: true, now: () => clock })
  const ana = telegram.createPerson({ firstName: 'Ana' })
  const group = telegram.createGroup({ title: 'Team', creator: ana })
  const { api } = botFor(telegram)
  const send = (): Promise<unknown> => api.sendMessage(group.id, 'tick')
  for (let round = 0; round < 3; round += 1) await send()
  await expect(send()).rejects.toMatchObject({
    error_code: 429,
    description: 'Too Many Requests: retry after 1',
    parameters: { retry_after: 1 },
  })
  for (let round = 3; round < 20; round += 1) {
    clock += 1000
    await send()
  }
  clock += 3000
  await expect(send()).rejects.toMatchObject({ parameters: { retry_after: 40 } })
  const raw = await fetch(`${telegram.url}/bot${telegram.token}/sendMessage?chat_id=${group.id}&text=raw`)
  expect([raw.status, raw.headers.get('retry-after')]).toEqual([429, '40'])
  telegram.setRateLimits(false)
  await send()
})
