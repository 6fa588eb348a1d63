// @ts-check
import { fill, focusOn, h } from './element.js'

/** @import { ChannelSight } from '../sight.ts' */

/**
 * The chats of a pane, one of which is open.
 * @param {string} label
 * @param {(id: string) => void} open
 */
export function createChannelTabs(label, open) {
  const element = h('div', { class: 'channels', role: 'tablist', 'aria-label': label })
  /** @type {readonly ChannelSight[]} */
  let channels = []
  let current = ''
  let shown = ''

  /** @param {ChannelSight} channel */
  const tab = ({ id, name, kind }) =>
    h(
      'button',
      {
        type: 'button',
        role: 'tab',
        class: 'channel',
        'data-kind': kind,
        tabindex: id === current ? 0 : -1,
        'aria-selected': String(id === current),
        onclick: () => open(id),
      },
      name,
    )

  element.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    const at = channels.findIndex(({ id }) => id === current)
    const next = step === undefined ? undefined : channels[(at + step + channels.length) % channels.length]
    if (next) open(next.id)
  })

  return {
    element,
    /** @param {readonly ChannelSight[]} next @param {string} nextCurrent */
    show(next, nextCurrent) {
      channels = next
      current = nextCurrent
      const key = JSON.stringify([channels.map(({ id, name, kind }) => [id, name, kind]), current])
      if (key === shown) return
      shown = key
      const hadFocus = element.contains(document.activeElement)
      fill(element, channels.map(tab))
      if (hadFocus) focusOn(element, '[aria-selected=true]')
      const selected = element.querySelector('[aria-selected=true]')
      if (selected instanceof HTMLElement) element.scrollLeft = selected.offsetLeft - 60
    },
  }
}
