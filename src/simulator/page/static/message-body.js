// @ts-check
import { discordComponents, discordEmbeds, discordMarkdown } from './discord-body.js'
import { h } from './element.js'
import { renderMrkdwn } from './mrkdwn.js'
import { renderHtml } from './safe-html.js'
import { slackAttachments, slackBlocks, slackMarkdown } from './slack-blocks.js'
import { telegramKeyboard, telegramRich, telegramText } from './telegram-body.js'

/**
 * @import { Child } from './element.js'
 * @import { NumberedMessage } from '../sight.ts'
 */

/** @param {NumberedMessage} message @returns {unknown[]} */
export function textParts({ body }) {
  switch (body.kind) {
    case 'slack':
      return [
        body.text,
        body.format,
        body.format === 'markdown' ? null : body.blocks?.filter(({ type }) => !isControl(type)),
      ]
    case 'discord':
      return [body.content]
    case 'telegram':
      return [body.text, body.entities, body.rich]
    case 'matrix':
      return [body.text, body.html]
    case 'waiting':
      return [body.text, body.failed]
    case 'gone':
      return []
  }
}

const isControl = (/** @type {unknown} */ type) => type === 'actions' || type === 'context_actions'

/** @param {NumberedMessage} message @returns {Child[]} */
export function bodyOf({ body }) {
  switch (body.kind) {
    case 'slack': {
      if (body.format === 'markdown') return slackMarkdown(body.text, body.names)
      const words = body.blocks?.filter(({ type }) => !isControl(type)) ?? []
      return words.length > 0
        ? slackBlocks(words, body.names, () => undefined)
        : renderMrkdwn(body.text, body.names)
    }
    case 'discord':
      return discordMarkdown(body.content, body.names)
    case 'telegram':
      if (body.rich) return telegramRich(body.rich)
      return [h('div', { class: 'lines' }, telegramText(body.text, /** @type {any} */ (body.entities)))]
    case 'matrix':
      if (body.html !== undefined) return [h('div', { class: 'html' }, renderHtml(body.html))]
      return [h('div', { class: 'lines' }, body.text)]
    case 'waiting':
      return [h('span', { class: 'waiting' }, body.text)]
    case 'gone':
      return [h('span', { class: 'gone' }, 'This message was deleted.')]
  }
}

/** @param {NumberedMessage} message @returns {unknown} */
export function extraParts({ body }) {
  if (body.kind === 'slack')
    return [
      body.blocks?.filter(({ type }) => body.format === 'markdown' || isControl(type)),
      body.attachments,
      body.tasks,
    ]
  if (body.kind === 'discord') return [body.embeds, body.components]
  return body.kind === 'telegram' ? body.keyboard : undefined
}

/** @param {NumberedMessage} message @param {(control: string, value?: string) => void} press @returns {Child[]} */
export function extrasOf({ body }, press) {
  if (body.kind === 'slack') {
    const { blocks = [], attachments = [], tasks, names, format } = body
    return [
      ...tasks.map((task) =>
        h('div', { class: 'task-card', 'data-status': String(task.status) }, String(task.title)),
      ),
      ...slackBlocks(
        format === 'markdown' ? blocks : blocks.filter(({ type }) => isControl(type)),
        names,
        press,
      ),
      ...slackAttachments(attachments, names, press),
    ]
  }
  if (body.kind === 'discord')
    return [
      ...discordEmbeds(body.embeds, body.names),
      ...discordComponents(body.components, body.names, press),
    ]
  return body.kind === 'telegram' ? telegramKeyboard(body.keyboard, press) : []
}
