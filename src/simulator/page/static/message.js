// @ts-check
import { avatar, clock } from './avatar.js'
import { fill, focusOn, h, icon, iconButton } from './element.js'
import { emojiOf } from './emoji.js'
import { fileElement } from './files.js'
import { bodyOf, extraParts, extrasOf, textParts } from './message-body.js'

/**
 * @import { Child } from './element.js'
 * @import { NumberedMessage } from '../sight.ts'
 * @import { PaneContext } from './pane-context.js'
 *
 * @typedef {object} MessageView
 * @property {HTMLElement} element
 * @property {NumberedMessage} message
 * @property {(message: NumberedMessage, isContinued: boolean) => void} update
 */

/** @param {NumberedMessage} first @param {PaneContext} pane @returns {MessageView} */
export function createMessageView(first, pane) {
  const parts = {
    head: h('div', { class: 'head' }),
    quote: h('div', { class: 'quote-slot' }),
    body: h('div', { class: 'body' }),
    extras: h('div', { class: 'extras' }),
    files: h('div', { class: 'files' }),
    reactions: h('div', { class: 'reactions' }),
    foot: h('div', { class: 'foot' }),
  }
  const more = iconButton(
    'more',
    'More actions',
    (event) => pane.openMenu(view.message, /** @type {HTMLElement} */ (event.currentTarget)),
    { 'aria-haspopup': 'menu' },
  )
  const answer = iconButton('reply', 'Answer', () => pane.answer(view.message), { tabindex: -1 })
  const like = iconButton(
    'smile',
    'React',
    () => pane.react(view.message, pane.manners.reactions[0] ?? '👍'),
    { tabindex: -1 },
  )
  const tools = h('div', { class: 'tools' }, like, answer, more)
  const face = avatar(first.author)
  const content = h(
    'div',
    { class: 'content' },
    parts.head,
    parts.quote,
    parts.body,
    parts.extras,
    parts.files,
    parts.foot,
    parts.reactions,
  )
  const element = h(
    'article',
    { class: 'message', 'data-id': first.id, 'data-author': first.author.key },
    face,
    content,
    tools,
  )
  /** What each part shows, as JSON: a part is rebuilt only when that changes, so that focus and selection stay. */
  const shown = new Map()

  /** @param {HTMLElement} part @param {unknown} of @param {() => Child[]} build */
  const show = (part, of, build) => {
    const key = JSON.stringify(of)
    if (shown.get(part) === key) return
    shown.set(part, key)
    const focused = part.contains(document.activeElement)
      ? document.activeElement?.getAttribute('data-key')
      : undefined
    fill(part, ...build())
    if (focused) focusOn(part, `[data-key="${CSS.escape(focused)}"]`)
  }

  /** @type {MessageView} */
  const view = {
    element,
    message: first,
    update(message, isContinued) {
      view.message = message
      const { body, author, reactions } = message
      element.classList.toggle('own', author.key === pane.me())
      element.classList.toggle('continued', isContinued)
      element.classList.toggle('live', message.isLive)
      element.classList.toggle('whisper', message.onlyFor !== undefined)
      element.classList.toggle('failed', body.kind === 'waiting' && body.failed)
      element.classList.toggle('notice', body.kind === 'matrix' && body.isNotice)
      tools.hidden = body.kind === 'waiting' || body.kind === 'gone'
      answer.hidden = message.onlyFor !== undefined
      show(parts.head, [author, message.at, message.lead, isContinued, message.isEdited], () =>
        headOf(message, pane),
      )
      const replied = message.replyTo === undefined ? undefined : pane.message(message.replyTo)
      const quoted = replied ? [replied.author.name, pane.summary(replied)] : message.replyTo
      show(parts.quote, quoted ?? null, () => quoteOf(message, replied, pane))
      show(parts.body, [body.kind, ...textParts(message)], () => bodyOf(message))
      show(parts.extras, extraParts(message), () =>
        extrasOf(message, (control, value) => pane.press(view.message, control, value)),
      )
      show(parts.files, message.files, () => message.files.map((file) => fileElement(pane.platform, file)))
      show(parts.foot, [message.onlyFor, message.isEdited, message.threadChannel, message.at], () =>
        footOf(message, pane),
      )
      show(parts.reactions, [reactions, pane.me()], () => reactions.map((one) => reactionOf(one, view, pane)))
    },
  }
  return view
}

/** @param {NumberedMessage} message @param {PaneContext} pane @returns {Child[]} */
function headOf(message, pane) {
  const { author, lead } = message
  return [
    lead !== undefined && h('span', { class: 'lead' }, icon('run'), lead),
    h('span', { class: 'name' }, author.name),
    author.key === 'bot' && h('span', { class: 'badge' }, pane.platform === 'telegram' ? 'bot' : 'APP'),
    clock(message.at),
  ]
}

/** @param {NumberedMessage} message @param {NumberedMessage | undefined} replied @param {PaneContext} pane @returns {Child[]} */
function quoteOf(message, replied, pane) {
  if (message.replyTo === undefined) return []
  const text = replied ? pane.summary(replied) : 'a message that is gone'
  return [
    h(
      'button',
      { type: 'button', class: 'reply-quote', onclick: () => replied && pane.reveal(replied.id) },
      h('strong', {}, replied?.author.name ?? ''),
      ' ',
      text,
    ),
  ]
}

/** @param {NumberedMessage} message @param {PaneContext} pane @returns {Child[]} */
function footOf(message, pane) {
  const { threadChannel } = message
  return [
    threadChannel !== undefined &&
      h(
        'button',
        { type: 'button', class: 'thread-link', onclick: () => pane.openChannel(threadChannel) },
        icon('thread'),
        'Open thread',
      ),
    message.onlyFor !== undefined && h('span', { class: 'only-you' }, 'Only visible to you'),
    message.isEdited && h('span', { class: 'edited' }, pane.platform === 'telegram' ? 'edited' : '(edited)'),
    pane.manners.bubbles && clock(message.at),
  ]
}

/** @param {import('../sight.ts').ReactionSight} reaction @param {MessageView} view @param {PaneContext} pane */
function reactionOf({ emoji, by }, view, pane) {
  const isOwn = by.includes(pane.me())
  const names = by.map((key) => pane.nameOf(key)).join(', ')
  return h(
    'button',
    {
      type: 'button',
      class: 'reaction',
      'aria-pressed': String(isOwn),
      title: names,
      'data-key': emoji,
      'aria-label': `${emojiOf(emoji)} by ${names}`,
      onclick: () => pane.react(view.message, emoji),
    },
    emojiOf(emoji),
    ' ',
    String(by.length),
  )
}
