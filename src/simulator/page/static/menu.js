// @ts-check
import { fill, h, icon } from './element.js'
import { emojiOf } from './emoji.js'

/**
 * @import { NumberedMessage } from '../sight.ts'
 * @import { PaneContext } from './pane-context.js'
 * @typedef {readonly [picture: Parameters<typeof icon>[0], label: string, act: () => void]} Entry
 */

/** What can be done with one message. @param {PaneContext} pane */
export function createMenu(pane) {
  const element = h('div', {
    class: 'menu',
    role: 'menu',
    popover: 'auto',
    'aria-label': 'Message actions',
    'data-platform': pane.platform,
  })
  /** @type {HTMLElement | undefined} */
  let opener

  /** @param {() => void} act */
  const pick = (act) => () => {
    element.hidePopover()
    act()
  }
  const items = () => /** @type {HTMLElement[]} */ ([...element.querySelectorAll('[role=menuitem]')])
  element.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const all = items()
    const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement))
    all[(at + step + all.length) % all.length]?.focus()
  })
  element.addEventListener('toggle', (event) => {
    if (/** @type {ToggleEvent} */ (event).newState === 'closed' && element.contains(document.activeElement))
      opener?.focus()
  })

  /** @param {NumberedMessage} message @returns {Entry[]} */
  const entriesOf = (message) => {
    const { answers, ownThreads } = pane.manners
    const isOwn = message.author.key === pane.me()
    const isPrivate = message.onlyFor !== undefined
    /** @type {(Entry | false)[]} */
    const entries = [
      !isPrivate && answers !== 'thread' && ['reply', 'Reply', () => pane.aim('reply', message)],
      !isPrivate && answers !== 'reply' && ['thread', 'Reply in thread', () => pane.aim('thread', message)],
      !isPrivate &&
        ownThreads &&
        pane.canOpenThread(message) && ['thread', 'Start a thread', () => pane.openThread(message)],
      ...pane
        .sight()
        .messageCommands.map(
          (name) =>
            /** @type {Entry} */ ([
              'run',
              name,
              () => void pane.act({ do: 'messageCommand', message: message.id, name }),
            ]),
        ),
      isOwn && message.source !== undefined && ['edit', 'Edit', () => pane.aim('edit', message)],
      isOwn && ['trash', 'Delete', () => void pane.act({ do: 'delete', message: message.id })],
    ]
    return entries.filter((entry) => entry !== false)
  }

  return {
    element,
    /** @param {NumberedMessage} message @param {HTMLElement} button */
    open(message, button) {
      opener = button
      const row = h(
        'div',
        { class: 'emoji-row' },
        pane.manners.reactions.map((emoji) =>
          h(
            'button',
            {
              type: 'button',
              role: 'menuitem',
              'aria-label': `React with ${emojiOf(emoji)}`,
              onclick: pick(() => pane.react(message, emoji)),
            },
            emojiOf(emoji),
          ),
        ),
      )
      fill(
        element,
        message.onlyFor === undefined && row,
        entriesOf(message).map(([picture, label, act]) =>
          h(
            'button',
            { type: 'button', role: 'menuitem', class: 'entry', onclick: pick(act) },
            icon(picture),
            label,
          ),
        ),
      )
      if (items().length === 0) return
      element.showPopover()
      const at = button.getBoundingClientRect()
      const { offsetWidth, offsetHeight } = element
      element.style.left = `${Math.max(8, Math.min(at.right - offsetWidth, innerWidth - offsetWidth - 8))}px`
      element.style.top = `${at.bottom + offsetHeight + 8 > innerHeight ? Math.max(8, at.top - offsetHeight - 4) : at.bottom + 4}px`
      items()[0]?.focus()
    },
  }
}
