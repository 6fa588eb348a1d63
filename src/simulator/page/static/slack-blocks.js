// @ts-check
import { h, outwardLink } from './element.js'
import { emojiOf } from './emoji.js'
import { RICH, renderMarkdown } from './markdown.js'
import { renderMrkdwn, slackToken } from './mrkdwn.js'
import { richText } from './slack-rich-text.js'

/**
 * @import { Child } from './element.js'
 * @typedef {Readonly<Record<string, any>>} Block
 * @typedef {(control: string, value?: string) => void} Press
 * @typedef {Readonly<Record<string, string>>} Names
 */

/**
 * @param {string} text
 * @param {Names} names
 */
export function slackMarkdown(text, names) {
  return renderMarkdown(text, {
    ...RICH,
    hardBreaks: true,
    angle: (token) => (/^[@#!]/.test(token) ? slackToken(token, names) : undefined),
  })
}

/**
 * @param {readonly Block[]} blocks
 * @param {Names} names
 * @param {Press} press
 * @returns {Child[]}
 */
export function slackBlocks(blocks, names, press) {
  return blocks.map((block) => blockElement(block, names, press))
}

/** @param {Block} block @param {Names} names @param {Press} press @returns {Child} */
function blockElement(block, names, press) {
  switch (block.type) {
    case 'section':
      return h(
        'div',
        { class: 'section' },
        block.text && h('div', { class: 'grow' }, textObject(block.text, names)),
        block.fields &&
          h(
            'div',
            { class: 'fields' },
            list(block.fields).map((field) => h('div', {}, textObject(field, names))),
          ),
        block.accessory && control(block.accessory, press),
      )
    case 'header':
      return h('h2', {}, textObject(block.text, names))
    case 'divider':
      return h('hr')
    case 'markdown':
      return h('div', {}, slackMarkdown(String(block.text ?? ''), names))
    case 'context':
      return h(
        'div',
        { class: 'context' },
        list(block.elements).map((element) =>
          element.type === 'image'
            ? String(element.alt_text ?? '')
            : h('span', {}, textObject(element, names)),
        ),
      )
    case 'actions':
    case 'context_actions':
      return h(
        'div',
        { class: 'controls' },
        list(block.elements).flatMap((element) => control(element, press)),
      )
    case 'rich_text':
      return h(
        'div',
        {},
        list(block.elements).map((element) => richText(element, names)),
      )
    case 'image':
      return h('p', {}, outwardLink(String(block.image_url ?? ''), `🖼 ${block.alt_text ?? 'image'}`))
    case 'table':
      return h(
        'div',
        { class: 'table' },
        h(
          'table',
          {},
          h(
            'tbody',
            {},
            list(block.rows).map((row) =>
              h(
                'tr',
                {},
                list(row).map((cell) => h('td', {}, cellOf(cell, names))),
              ),
            ),
          ),
        ),
      )
    case 'plan':
    case 'task_card':
      return h('p', { class: 'context' }, String(block.title ?? ''))
    default:
      return block.text ? h('p', {}, textObject(block.text, names)) : null
  }
}

/** @param {Block} cell @param {Names} names @returns {readonly Child[]} */
function cellOf(cell, names) {
  return cell.type === 'rich_text'
    ? list(cell.elements).map((element) => richText(element, names))
    : [String(cell.text ?? '')]
}

/** @param {unknown} value @returns {any[]} */
function list(value) {
  return Array.isArray(value) ? value : []
}

/** @param {Block | undefined} text @param {Names} names @returns {Child[]} */
function textObject(text, names) {
  const value = String(text?.text ?? '')
  if (text?.type === 'mrkdwn') return renderMrkdwn(value, names)
  return [value.replace(/:([\w+-]+):/g, (_, name) => emojiOf(name))]
}

/** @param {Block} element @param {Press} press @returns {Child[]} */
function control(element, press) {
  const label = (/** @type {Block | undefined} */ text) => textObject(text, {})
  const { action_id: id } = element
  switch (element.type) {
    case 'button':
      if (element.url) return [outwardLink(String(element.url), ...label(element.text))]
      return [
        h(
          'button',
          {
            type: 'button',
            class: `control ${element.style ?? ''}`,
            'data-key': id,
            onclick: () => press(id),
          },
          label(element.text),
        ),
      ]
    case 'icon_button':
      return [
        h(
          'button',
          { type: 'button', class: 'control', 'data-key': id, onclick: () => press(id) },
          label(element.text),
        ),
      ]
    case 'feedback_buttons':
      return [
        [element.positive_button, '👍'],
        [element.negative_button, '👎'],
      ].map(([half, sign]) =>
        h(
          'button',
          {
            type: 'button',
            class: 'control',
            'data-key': `${id}:${half.value}`,
            title: half.text?.text,
            onclick: () => press(id, half.value),
          },
          `${sign} `,
          half.text?.text,
        ),
      )
    default:
      if (!Array.isArray(element.options)) return []
      return [
        picker(
          element.placeholder?.text ?? 'Choose…',
          element.options.map((option) => [option.text?.text ?? '', option.value]),
          (value) => press(id, value),
        ),
      ]
  }
}

/**
 * @param {string} label
 * @param {readonly (readonly [string, string])[]} options
 * @param {(value: string) => void} choose
 */
export function picker(label, options, choose) {
  const select = h(
    'select',
    { 'aria-label': label, class: 'control', onchange: () => select.value !== '' && choose(select.value) },
    h('option', { value: '' }, label),
    options.map(([text, value]) => h('option', { value }, text)),
  )
  return select
}

/**
 * Attachments of the older kind: a coloured bar.
 * @param {readonly Block[]} attachments
 * @param {Names} names
 * @param {Press} press
 * @returns {Child[]}
 */
export function slackAttachments(attachments, names, press) {
  return attachments.map((one) =>
    h(
      'div',
      { class: 'card' },
      one.title &&
        h(
          'strong',
          {},
          one.title_link ? outwardLink(String(one.title_link), String(one.title)) : String(one.title),
        ),
      one.text && h('div', {}, renderMrkdwn(String(one.text), names)),
      ...slackBlocks(list(one.blocks), names, press),
    ),
  )
}
