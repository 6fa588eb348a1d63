// @ts-check
import { fill, focusOn, h, icon } from './element.js'
import { act } from './stream.js'

/** @import { FaultKind, FaultTarget, StageSight } from '../sight.ts' */

/** @type {Readonly<Record<FaultTarget, string>>} */
const TARGETS = {
  slack: 'Slack',
  discord: 'Discord',
  telegram: 'Telegram',
  matrix: 'Matrix',
  model: 'Model',
  whisper: 'Speech',
}
/** @type {Readonly<Record<FaultKind, readonly [label: string, meaning: string]>>} */
export const KINDS = {
  slow: ['Slow', 'every call takes three seconds longer'],
  limited: ['429', 'every call that writes is refused: try again in two seconds'],
  duplicating: ['Twice', 'the bot is told everything twice'],
  breaking: ['Breaks', 'every answer is cut in the middle'],
  dead: ['Dead', 'connections are cut'],
}

/** Where one makes things go wrong. */
export function createTroublePanel() {
  const count = h('span', { class: 'count', hidden: true })
  const rows = h('div', { class: 'rows' })
  const said = h('p', { class: 'field-error', role: 'alert' })
  const panel = h(
    'div',
    { class: 'trouble-panel', popover: 'auto', id: 'trouble-panel', role: 'dialog', 'aria-label': 'Trouble' },
    h('h2', {}, 'Make something go wrong'),
    h('p', { class: 'small' }, 'The bot should cope: answer late rather than twice, and say why it cannot.'),
    rows,
    said,
    h(
      'button',
      { type: 'button', class: 'clear', onclick: () => void change({ do: 'clearFaults' }) },
      'Make all well again',
    ),
  )
  const button = h(
    'button',
    {
      type: 'button',
      class: 'top-button',
      popovertarget: 'trouble-panel',
      title: 'Make a platform or the model slow, rate-limited, duplicating or dead',
    },
    icon('bolt'),
    'Trouble',
    count,
  )
  let shown = ''

  /** @param {Record<string, unknown>} action */
  const change = async (action) => {
    try {
      await act(action)
      said.textContent = ''
    } catch (error) {
      said.textContent = error instanceof Error ? error.message : String(error)
    }
  }

  /** @param {FaultTarget} target @param {readonly FaultKind[]} kinds @param {FaultKind | undefined} current */
  const row = (target, kinds, current) => {
    /** @param {FaultKind | null} kind @param {string} label @param {string} meaning */
    const choice = (kind, label, meaning) =>
      h(
        'label',
        { class: `choice ${kind === null ? 'fine' : ''}`, title: meaning },
        h('input', {
          type: 'radio',
          name: `fault-${target}`,
          value: kind ?? '',
          checked: (current ?? null) === kind,
          onchange: () => void change({ do: 'fault', target, kind }),
        }),
        h('span', {}, label),
      )
    return h(
      'fieldset',
      { 'data-target': target },
      h('legend', {}, TARGETS[target]),
      choice(null, 'Fine', 'works as usual'),
      kinds.map((kind) => choice(kind, ...KINDS[kind])),
    )
  }

  return {
    button,
    panel,
    /** @param {StageSight} stage */
    show({ faults, faultChoices }) {
      const number = Object.keys(faults).length
      count.hidden = number === 0
      count.textContent = String(number)
      button.setAttribute('aria-label', number === 0 ? 'Trouble' : `Trouble: ${number} at work`)
      const key = JSON.stringify(faults)
      if (key === shown) return
      shown = key
      const focused =
        document.activeElement instanceof HTMLInputElement && panel.contains(document.activeElement)
          ? document.activeElement
          : undefined
      const targets = /** @type {FaultTarget[]} */ (Object.keys(faultChoices))
      fill(
        rows,
        targets.map((target) => row(target, faultChoices[target], faults[target])),
      )
      if (focused) focusOn(rows, `[name="${focused.name}"][value="${focused.value}"]`)
    },
  }
}
