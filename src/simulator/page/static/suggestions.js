// @ts-check
import { h } from './element.js'

/** @import { PaneContext } from './pane-context.js' */

/**
 * One-click things to try in the channel that is open.
 * @param {PaneContext} pane
 */
export function suggestions(pane) {
  const { commandSign } = pane.manners
  const isDirect = pane.channelSight()?.kind === 'direct'
  const mention = isDirect ? '' : pane.sight().mention
  const run = `${commandSign}run 1+1`
  /** @type {readonly (readonly [string, () => void])[]} */
  const all = [
    ['Say hello', () => void pane.say(`${mention}Hello!`)],
    ['Ask for a table', () => void pane.say(`${mention}Show me a table`)],
    [run, () => void pane.say(run)],
    [isDirect ? 'Send a voice note' : 'Send it a voice note', () => void pane.sendSample()],
    ['Ask for code', () => void pane.say(`${mention}Show me some code`)],
    [`${commandSign}help`, () => void pane.say(`${commandSign}help`)],
  ]
  return h(
    'div',
    { class: 'suggestions' },
    all.map(([label, onclick]) => h('button', { type: 'button', class: 'suggestion', onclick }, label)),
  )
}

/** @param {PaneContext} pane */
export function emptyState(pane) {
  const { bot, isConnected } = pane.sight()
  const channel = pane.channelSight()
  const where =
    channel?.kind === 'direct'
      ? `your chat with ${bot.name}`
      : channel?.kind === 'thread'
        ? `the thread “${channel.name}”`
        : pane.channelTitle()
  return [
    h(
      'div',
      { class: 'empty-state' },
      h('div', { class: 'glyph', 'aria-hidden': 'true' }),
      h('h3', {}, `This is ${where}`),
      h(
        'p',
        {},
        isConnected
          ? `${bot.name} is here and listening. Try one of these, or write something yourself.`
          : `${bot.name} has not connected to this platform yet. What you write now waits for it.`,
      ),
      suggestions(pane),
    ),
  ]
}
