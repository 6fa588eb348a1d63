// @ts-check
import { h } from './element.js'

/** @import { PersonSight } from '../sight.ts' */

/** @param {PersonSight} person */
export function avatar(person) {
  const text = person.key === 'bot' ? '' : person.name.slice(0, 1)
  return h('span', { class: 'avatar', 'data-who': person.key, 'aria-hidden': 'true' }, text)
}

/** @param {number} at Milliseconds since the epoch. */
export function clock(at) {
  const date = new Date(at)
  return h(
    'time',
    { datetime: date.toISOString(), title: date.toLocaleString() },
    date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }),
  )
}
