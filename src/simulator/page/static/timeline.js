// @ts-check
import { fill, h, icon } from './element.js'
import { createMessageView } from './message.js'

/**
 * @import { NumberedMessage } from '../sight.ts'
 * @import { PaneContext } from './pane-context.js'
 * @import { MessageView } from './message.js'
 */

/** Messages of one author within this time stand together. */
const TOGETHER_MS = 5 * 60_000
/** Pixels from the end that still count as the end. */
const NEAR_END = 80
/** Replies of a thread shown until somebody asks for all. */
const THREAD_TAIL = 6

/**
 * The messages of one channel, growing in place. Whoever reads further up is left there.
 * @param {PaneContext} pane
 */
export function createTimeline(pane) {
  /** @type {Map<string, MessageView>} */
  const views = new Map()
  /** @type {Map<string, HTMLElement>} */
  const threads = new Map()
  const openThreads = new Set()
  const list = h('div', {
    class: 'messages',
    role: 'log',
    'aria-live': 'polite',
    'aria-relevant': 'additions',
    'aria-label': `Messages on ${pane.manners.name}`,
  })
  const toEnd = h(
    'button',
    { type: 'button', class: 'to-end', hidden: true, onclick: () => scrollToEnd() },
    icon('down'),
    'Newest',
  )
  const scroller = h(
    'div',
    { class: 'scroller', tabindex: 0, 'aria-label': `${pane.manners.name}, messages` },
    list,
  )
  const element = h('div', { class: 'timeline' }, scroller, toEnd)
  let channel = ''

  const isNearEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END
  const scrollToEnd = () => {
    scroller.scrollTop = scroller.scrollHeight
    toEnd.hidden = true
  }
  let following = true
  scroller.addEventListener('scroll', () => {
    following = isNearEnd()
    toEnd.hidden = following
  })
  // A pane that shrinks, for a keyboard or a longer draft, keeps its end in sight.
  new ResizeObserver(() => {
    if (following) scroller.scrollTop = scroller.scrollHeight
  }).observe(scroller)

  /** @param {NumberedMessage} message @param {NumberedMessage | undefined} before */
  const isContinued = (message, before) =>
    before !== undefined &&
    before.author.key === message.author.key &&
    before.onlyFor === message.onlyFor &&
    message.replyTo === undefined &&
    message.lead === undefined &&
    message.at - before.at < TOGETHER_MS

  /** @param {NumberedMessage} message @param {NumberedMessage | undefined} before */
  const viewOf = (message, before) => {
    const view = views.get(message.id) ?? createMessageView(message, pane)
    views.set(message.id, view)
    view.update(message, isContinued(message, before))
    return view.element
  }

  /** @param {NumberedMessage} root @param {readonly NumberedMessage[]} replies */
  const threadOf = (root, replies) => {
    const element =
      threads.get(root.id) ?? h('section', { class: 'thread', 'aria-label': `Thread of ${root.author.name}` })
    threads.set(root.id, element)
    const isOpen = openThreads.has(root.id)
    const hidden = isOpen ? 0 : Math.max(0, replies.length - THREAD_TAIL)
    const shown = replies.slice(hidden)
    const open = () => {
      openThreads.add(root.id)
      pane.refresh()
    }
    const nodes = [
      ...(hidden > 0
        ? [
            h(
              'button',
              { type: 'button', class: 'link', onclick: open },
              `Show ${hidden} earlier ${hidden === 1 ? 'reply' : 'replies'}`,
            ),
          ]
        : []),
      ...shown.map((reply, index) => viewOf(reply, shown[index - 1])),
      ...pane.busyElements(root.id),
      h(
        'button',
        { type: 'button', class: 'link', onclick: () => pane.answer(root) },
        icon('thread'),
        'Reply in thread',
      ),
    ]
    place(element, nodes)
    return element
  }

  return {
    element,
    scrollToEnd,
    /** @param {string} id */
    reveal(id) {
      const view = views.get(id)
      if (!view) return
      view.element.scrollIntoView({ block: 'center', behavior: 'smooth' })
      view.element.classList.add('flash')
      setTimeout(() => view.element.classList.remove('flash'), 1500)
    },
    /** @param {string} channelId @param {readonly NumberedMessage[]} messages @param {Node[]} empty Shown in their stead. */
    show(channelId, messages, empty) {
      const isOther = channelId !== channel
      channel = channelId
      const wasAtEnd = isOther || isNearEnd()
      const known = new Set(messages.map(({ id }) => id))
      const isReply = (/** @type {NumberedMessage} */ one) =>
        one.threadRoot !== undefined && known.has(one.threadRoot)
      const roots = messages.filter((one) => !isReply(one))
      const nodes = roots.flatMap((root, index) => {
        const replies = messages.filter((one) => one.threadRoot === root.id)
        const busy = pane.isBusy(root.id)
        const before = roots[index - 1]
        const beforeHasThread = before !== undefined && threads.has(before.id)
        const own = viewOf(root, beforeHasThread ? undefined : before)
        return replies.length > 0 || busy ? [own, threadOf(root, replies)] : [own]
      })
      for (const id of views.keys()) if (!known.has(id)) views.delete(id)
      for (const id of threads.keys()) if (!known.has(id)) threads.delete(id)
      if (nodes.length === 0) fill(list, ...empty)
      else place(list, nodes)
      if (wasAtEnd) scrollToEnd()
      else toEnd.hidden = isNearEnd()
    },
  }
}

/**
 * Puts the nodes in order, moving none that stands right: a moved node would lose its focus.
 * @param {HTMLElement} parent
 * @param {readonly HTMLElement[]} nodes
 */
function place(parent, nodes) {
  const wanted = new Set(/** @type {readonly Node[]} */ (nodes))
  for (const child of [...parent.childNodes]) if (!wanted.has(child)) child.remove()
  let at = parent.firstChild
  for (const node of nodes) {
    if (node === at) at = at.nextSibling
    else parent.insertBefore(node, at)
  }
}
