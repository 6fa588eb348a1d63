// @ts-check

/**
 * @import { NumberedMessage, PaneSight, Platform, SightChange, StageSight, WholeSight } from '../sight.ts'
 * @typedef {{ sight: PaneSight, messages: Map<string, NumberedMessage> }} PaneState
 * @typedef {{ stage: StageSight, panes: Record<Platform, PaneState> }} State
 */

/**
 * Keeps the state as the server tells it. A lost connection comes back by itself, with everything anew.
 * @param {{ changed: (state: State, what: Platform | 'stage' | 'all') => void, connected: (isConnected: boolean) => void }} listener
 */
export function openStream(listener) {
  /** @type {State | undefined} */
  let state
  const events = new EventSource('/events')
  events.addEventListener('open', () => listener.connected(true))
  events.addEventListener('error', () => {
    listener.connected(false)
    // After a refusal the browser gives up; the server may only be restarting.
    if (events.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 3000)
  })
  events.addEventListener('whole', (event) => {
    /** @type {WholeSight} */
    const whole = JSON.parse(event.data)
    const panes = Object.entries(whole.panes).map(([platform, { sight, messages }]) => [
      platform,
      { sight, messages: byId(messages) },
    ])
    state = { stage: whole.stage, panes: Object.fromEntries(panes) }
    listener.changed(state, 'all')
  })
  events.addEventListener('change', (event) => {
    if (!state) return
    /** @type {SightChange} */
    const change = JSON.parse(event.data)
    if (change.kind === 'stage') {
      state.stage = change.stage
      return listener.changed(state, 'stage')
    }
    const pane = state.panes[change.platform]
    if (change.sight) pane.sight = change.sight
    for (const message of change.messages) pane.messages.set(message.id, message)
    for (const id of change.gone) pane.messages.delete(id)
    listener.changed(state, change.platform)
  })
}

/** @param {readonly NumberedMessage[]} messages */
function byId(messages) {
  return new Map(messages.map((message) => [message.id, message]))
}

/**
 * Does something in the world. Resolves with what to tell the person, if anything; rejects with the reason why not.
 * @param {Record<string, unknown>} action
 * @returns {Promise<string | undefined>}
 */
export async function act(action) {
  let response
  try {
    response = await fetch('/act', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(action),
    })
  } catch {
    throw new Error('The simulator does not answer. Is it still running?')
  }
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.error?.message ?? `refused with ${response.status}`)
  return answer.notice
}
