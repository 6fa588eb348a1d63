import { badRequest } from './api-error.ts'

const kinds = [
  'url',
  'callback_data',
  'web_app',
  'login_url',
  'disabled',
  'switch_inline_query',
  'switch_inline_query_current_chat',
  'switch_inline_query_chosen_chat',
  'copy_text',
  'pay',
]

interface Button {
  readonly text: string
  readonly style?: string
  readonly url?: string
  readonly callback_data?: string
}

/** Rules of inline keyboards that types do not say. */
export function checkKeyboard(markup: Readonly<Record<string, unknown>> | undefined): void {
  const rows = markup?.inline_keyboard
  if (!Array.isArray(rows)) return
  // Their shape was checked against the table.
  const buttons = (rows as readonly (readonly Button[])[]).flat()
  if (buttons.length > 100) throw badRequest('reply markup is too long')
  for (const row of rows as readonly (readonly Button[])[])
    if (row.length > 8) throw badRequest('BUTTON_ROW_TOO_LONG')
  for (const button of buttons) checkButton(button)
}

function checkButton(button: Button): void {
  const given = Object.keys(button).filter((key) => kinds.includes(key))
  const wrong = (reason: string) => badRequest(`can't parse inline keyboard button: ${reason}`)
  if (button.text === '') throw wrong('Button text must be non-empty')
  if (given.length === 0) throw wrong('Text buttons are unallowed in the inline keyboard')
  if (given.length > 1) throw wrong(`exactly one type is allowed, found ${given.join(', ')}`)
  if (button.style !== undefined && !/^(danger|success|primary)$/.test(button.style))
    throw wrong('invalid button style specified')
  const size = Buffer.byteLength(button.callback_data ?? ' ')
  if (size < 1 || size > 64) throw badRequest('BUTTON_DATA_INVALID')
  if (button.url !== undefined && !/^(https?|tg):\/\/\S+$/i.test(button.url))
    throw badRequest(`inline keyboard button URL '${button.url}' is invalid: Wrong HTTP URL`)
}
