// @ts-check
import { h, outwardLink } from './element.js'
import { renderMarkdown } from './markdown.js'
import { picker } from './slack-blocks.js'

/**
 * @import { Child } from './element.js'
 * @typedef {Readonly<Record<string, any>>} Part
 * @typedef {(control: string, value?: string) => void} Press
 * @typedef {Readonly<Record<string, string>>} Names
 */

const STYLES = ['', 'primary', 'secondary', 'success', 'danger', 'link']

/**
 * @param {string} content
 * @param {Names} names
 */
export function discordMarkdown(content, names) {
  return renderMarkdown(content, {
    hardBreaks: true,
    tables: false,
    underlines: true,
    angle: (token) => {
      const user = /^@!?(\d+)$/.exec(token)?.[1]
      if (user !== undefined) return h('span', { class: 'mention' }, `@${names[user] ?? 'unknown-user'}`)
      const moment = /^t:(-?\d+)/.exec(token)?.[1]
      if (moment !== undefined) return h('time', {}, new Date(Number(moment) * 1000).toLocaleString())
      const emoji = /^a?:(\w+):\d+$/.exec(token)?.[1]
      if (emoji !== undefined) return `:${emoji}:`
      return /^(#|@&|\/)/.test(token) ? h('span', { class: 'mention' }, token) : undefined
    },
  })
}

/**
 * @param {readonly Part[]} embeds
 * @param {Names} names
 * @returns {Child[]}
 */
export function discordEmbeds(embeds, names) {
  return embeds.map((embed) => {
    const card = h(
      'div',
      { class: 'card' },
      embed.author?.name && h('div', { class: 'small' }, String(embed.author.name)),
      embed.title &&
        h(
          'strong',
          {},
          embed.url ? outwardLink(String(embed.url), String(embed.title)) : String(embed.title),
        ),
      embed.description && h('div', {}, discordMarkdown(String(embed.description), names)),
      h(
        'div',
        { class: 'fields' },
        list(embed.fields).map((field) =>
          h('div', {}, h('strong', {}, String(field.name)), ...discordMarkdown(String(field.value), names)),
        ),
      ),
      embed.footer?.text && h('div', { class: 'small' }, String(embed.footer.text)),
    )
    if (typeof embed.color === 'number')
      card.style.borderInlineStartColor = `#${embed.color.toString(16).padStart(6, '0')}`
    return card
  })
}

/**
 * @param {readonly Part[]} components
 * @param {Names} names
 * @param {Press} press
 * @returns {Child[]}
 */
export function discordComponents(components, names, press) {
  return components.map((part) => component(part, names, press))
}

/** @param {Part} part @param {Names} names @param {Press} press @returns {Child} */
function component(part, names, press) {
  const inner = () => discordComponents(list(part.components), names, press)
  switch (part.type) {
    case 1:
      return h('div', { class: 'controls' }, inner())
    case 2: {
      const label = [part.emoji?.name, part.label].filter(Boolean).join(' ')
      if (part.style === 5) return outwardLink(String(part.url), label)
      const style = STYLES[part.style] ?? 'secondary'
      return h(
        'button',
        {
          type: 'button',
          class: `control ${style}`,
          disabled: part.disabled === true,
          'data-key': part.custom_id,
          onclick: () => press(part.custom_id),
        },
        label,
      )
    }
    case 3:
      return picker(
        part.placeholder ?? 'Make a selection',
        list(part.options).map((option) => [option.label, option.value]),
        (value) => press(part.custom_id, value),
      )
    case 9:
      return h(
        'div',
        { class: 'section' },
        h('div', { class: 'grow' }, inner()),
        part.accessory && component(part.accessory, names, press),
      )
    case 10:
      return h('div', {}, discordMarkdown(String(part.content ?? ''), names))
    case 14:
      return part.divider === false ? h('br') : h('hr')
    case 17:
      return h('div', { class: 'card' }, inner())
    default:
      return h('div', {}, inner())
  }
}

/** @param {unknown} value @returns {any[]} */
function list(value) {
  return Array.isArray(value) ? value : []
}
