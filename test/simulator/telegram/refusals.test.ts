import { beforeEach, describe, expect, test } from 'vitest'
import type { TelegramChat, TelegramEmulator, TelegramPerson } from '../../../src/simulator/telegram/index.ts'
import { openTelegram } from './running-bot.ts'

let telegram: TelegramEmulator
let ana: TelegramPerson
let chat: TelegramChat

beforeEach(async () => {
  telegram = await openTelegram()
  ana = telegram.createPerson({ firstName: 'Ana' })
  chat = telegram.privateChat(ana)
  telegram.say(chat, ana, 'hi')
})

interface Answer {
  readonly ok: boolean
  readonly description?: string
  readonly result?: { readonly message_id: number; readonly text: string; readonly entities?: object[] }
}

async function call(method: string, parameters: object): Promise<Answer> {
  const response = await fetch(`${telegram.url}/bot${telegram.token}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(parameters),
  })
  return (await response.json()) as Answer
}
const send = (parameters: object): Promise<Answer> => call('sendMessage', { chat_id: chat.id, ...parameters })
const button = (more: object): object => ({
  reply_markup: { inline_keyboard: [[{ text: 'b', ...more }]] },
})

test.each<[object, string]>([
  [{ text: '' }, 'message text is empty'],
  [{}, 'message text is empty'],
  [{ text: ' \n ' }, 'text must be non-empty'],
  [{ text: 'x'.repeat(4097) }, 'message is too long'],
  [{ text: 'x', chat_id: 404 }, 'chat not found'],
  [{ text: 'x', surprise: 1 }, 'unknown parameter "surprise"'],
  [{ text: 'x', reply_to_message_id: 1 }, 'unknown parameter "reply_to_message_id"'],
  [{ text: 5 }, 'parameter "text" must be of type String'],
  [{ text: 'x', disable_notification: 'yes' }, 'parameter "disable_notification" must be of type Boolean'],
  [{ text: 'x', reply_parameters: { message_id: 1 } }, 'message to be replied not found'],
  [{ text: 'x', reply_parameters: {} }, 'lacks the field "message_id" of ReplyParameters'],
  [{ text: 'x', ...button({ callback_data: 'é'.repeat(33) }) }, 'BUTTON_DATA_INVALID'],
  [{ text: 'x', ...button({}) }, 'Text buttons are unallowed in the inline keyboard'],
  [{ text: 'x', ...button({ callback: 'x' }) }, 'that InlineKeyboardButton does not have'],
  [{ text: 'x', parse_mode: 'Fancy' }, 'unsupported parse_mode'],
  [{ text: '👍', entities: [{ type: 'bold', offset: 0, length: 1 }] }, 'ends in a middle of a UTF-16 symbol'],
  [{ text: 'abc', entities: [{ type: 'bold', offset: 1, length: 3 }] }, 'ends after the end of the text'],
  [
    {
      text: 'abcd',
      entities: [
        { type: 'bold', offset: 0, length: 3 },
        { type: 'italic', offset: 2, length: 2 },
      ],
    },
    'overlaps',
  ],
  [
    {
      text: 'abcd',
      entities: [
        { type: 'bold', offset: 0, length: 4 },
        { type: 'code', offset: 1, length: 2 },
      ],
    },
    "can't be inside bold",
  ],
])('sendMessage %j is refused: %s', async (parameters, reason) => {
  const answer = await send(parameters)
  expect(answer).toMatchObject({ ok: false, error_code: 400 })
  expect(answer.description).toMatch(/^Bad Request: /)
  expect(answer.description).toContain(reason)
  expect(chat.messages).toHaveLength(1)
})

describe('markup', () => {
  test.each<[string, string, string]>([
    ['MarkdownV2', 'a.b', "Character '.' is reserved and must be escaped with the preceding '\\'"],
    ['MarkdownV2', 'é _x', "Can't find end of Italic entity at byte offset 3"],
    ['MarkdownV2', '```js\n1', "Can't find end of PreCode entity at byte offset 0"],
    ['MarkdownV2', '[a](http://b.org', "Can't find end of a URL at byte offset 4"],
    ['MarkdownV2', '>*a\nb*', "Can't find end of Bold entity at byte offset 1"],
    ['HTML', '<b>x', 'Can\'t find end tag corresponding to start tag "b"'],
    ['HTML', 'é<x>', 'Unsupported start tag "x" at byte offset 2'],
    ['HTML', '<b>x</i>', 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'],
    ['HTML', 'x</b>', 'Unexpected end tag at byte offset 1'],
    ['HTML', '1 < 2', 'Unsupported start tag "" at byte offset 2'],
  ])('%s %j is refused', async (parse_mode, text, reason) => {
    expect(await send({ text, parse_mode })).toMatchObject({
      error_code: 400,
      description: `Bad Request: can't parse entities: ${reason}`,
    })
  })

  test.each<[string, string, string, object[]]>([
    [
      'MarkdownV2',
      '*b _i __u___* \\. `c*` ~s~ ||p||',
      'b i u . c* s p',
      [
        { type: 'bold', offset: 0, length: 5 },
        { type: 'italic', offset: 2, length: 3 },
        { type: 'underline', offset: 4, length: 1 },
        { type: 'code', offset: 8, length: 2 },
        { type: 'strikethrough', offset: 11, length: 1 },
        { type: 'spoiler', offset: 13, length: 1 },
      ],
    ],
    ['MarkdownV2', '```js\n1\n```', '1', [{ type: 'pre', offset: 0, length: 1, language: 'js' }]],
    [
      'MarkdownV2',
      '>a\n>b\nc [l](http://x.org/\\))',
      'a\nb\nc l',
      [
        { type: 'blockquote', offset: 0, length: 4 },
        { type: 'text_link', offset: 6, length: 1, url: 'http://x.org/)' },
      ],
    ],
    ['MarkdownV2', '>a\n>b||\nc', 'a\nb\nc', [{ type: 'expandable_blockquote', offset: 0, length: 4 }]],
    [
      'HTML',
      '👍 <b>a &lt; <i>b</i></b> <pre><code class="language-js">1</code></pre>',
      '👍 a < b 1',
      [
        { type: 'bold', offset: 3, length: 5 },
        { type: 'italic', offset: 7, length: 1 },
        { type: 'pre', offset: 9, length: 1, language: 'js' },
      ],
    ],
    [
      'HTML',
      '<a href="https://x.org">l</a>',
      'l',
      [{ type: 'text_link', offset: 0, length: 1, url: 'https://x.org/' }],
    ],
  ])('%s %j shows as %j', async (parse_mode, markup, text, entities) => {
    expect((await send({ text: markup, parse_mode })).result).toMatchObject({ text, entities })
  })

  test('length counts UTF-16 units after parsing', async () => {
    const text = `<b>${'👍'.repeat(2048)}</b>`
    expect(await send({ text, parse_mode: 'HTML' })).toMatchObject({ ok: true })
    expect(await send({ text: `${text}!`, parse_mode: 'HTML' })).toMatchObject({ ok: false })
  })

  test('mentions, commands and links are found in plain text, but not in code', async () => {
    const sent = await send({ text: '@anamm /run https://x.org. <code>@rui</code>', parse_mode: 'HTML' })
    expect(sent.result?.entities).toEqual([
      { type: 'mention', offset: 0, length: 6 },
      { type: 'bot_command', offset: 7, length: 4 },
      { type: 'url', offset: 12, length: 13 },
      { type: 'code', offset: 27, length: 4 },
    ])
  })
})

test('edits: same content, foreign and missing messages', async () => {
  const { result } = await send({ text: 'one' })
  const edit = (parameters: object): Promise<Answer> =>
    call('editMessageText', { chat_id: chat.id, message_id: result?.message_id, ...parameters })
  expect(await edit({ text: ' one ' })).toMatchObject({
    description:
      'Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
  })
  expect(await edit({ text: 'two', message_id: 1 })).toMatchObject({
    description: 'Bad Request: message to edit not found',
  })
  expect(await edit({ text: 'two', message_id: chat.messages[0]?.id })).toMatchObject({
    description: "Bad Request: message can't be edited",
  })
  expect(await edit({ text: 'two' })).toMatchObject({ ok: true })
  await call('deleteMessage', { chat_id: chat.id, message_id: result?.message_id })
  expect(await edit({ text: 'three' })).toMatchObject({
    description: 'Bad Request: message to edit not found',
  })
})

test('who may not be written to', async () => {
  const rui = telegram.createPerson({ firstName: 'Rui' })
  expect(await send({ chat_id: telegram.privateChat(rui).id, text: 'x' })).toMatchObject({
    error_code: 403,
    description: "Forbidden: bot can't initiate conversation with a user",
  })
  telegram.block(ana)
  expect(await send({ text: 'x' })).toMatchObject({ description: 'Forbidden: bot was blocked by the user' })
  const group = telegram.createSupergroup({ title: 'G', creator: ana })
  telegram.setMember(group, telegram.bot, 'kicked', ana)
  expect(await send({ chat_id: group.id, text: 'x' })).toMatchObject({
    description: 'Forbidden: bot was kicked from the supergroup chat',
  })
})

test('drafts live in private chats, have an id, and end with the message', async () => {
  const draft = (parameters: object): Promise<Answer> =>
    call('sendMessageDraft', { chat_id: chat.id, draft_id: 1, ...parameters })
  expect(await draft({ draft_id: 0, text: 'x' })).toMatchObject({ ok: false })
  expect(await draft({ text: '' })).toMatchObject({ ok: true })
  expect(await draft({ text: 'hel', can_stop: true })).toMatchObject({ ok: true })
  expect(chat.drafts).toMatchObject([{ text: 'hel', canStop: true, ended: false }])
  await send({ text: 'hello' })
  expect(chat.drafts).toMatchObject([{ ended: true, versions: [{ text: '' }, { text: 'hel' }] }])
  const group = telegram.createGroup({ title: 'G', creator: ana })
  expect(await draft({ chat_id: group.id, text: 'x' })).toMatchObject({ ok: false })
})

test('names, forms and tokens as on the real server', async () => {
  const root = `${telegram.url}/bot${telegram.token}`
  const form = await fetch(`${root}/SENDMESSAGE`, {
    method: 'POST',
    body: new URLSearchParams({ chat_id: String(chat.id), text: 'form', disable_notification: 'true' }),
  })
  expect(await form.json()).toMatchObject({ ok: true, result: { text: 'form' } })
  expect(await (await fetch(`${root}/noSuchMethod`)).json()).toEqual({
    ok: false,
    error_code: 404,
    description: 'Not Found: method not found',
  })
  const other = await fetch(`${telegram.url}/bot1:other/getMe`)
  expect([other.status, await other.json()]).toEqual([
    401,
    { ok: false, error_code: 401, description: 'Unauthorized' },
  ])
})
