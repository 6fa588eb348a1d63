import type { Connection } from '../../ports/connection-store.ts'
import type { TurnState } from '../../ports/conversation-records.ts'
import type { RegisteredServer } from '../../ports/model-registry.ts'
import { type Html, html } from './html.ts'
import type { Translate } from './page-context.ts'

type Tone = 'good' | 'wait' | 'bad' | 'off'

const CONNECTION_TONES: Readonly<Record<Connection['state'], Tone>> = {
  connected: 'good',
  connecting: 'wait',
  down: 'bad',
  rejected: 'bad',
  paused: 'off',
}
const SERVER_TONES: Readonly<Record<RegisteredServer['state'], Tone>> = {
  up: 'good',
  unknown: 'wait',
  down: 'bad',
}

const TURN_TONES: Readonly<Record<TurnState, Tone>> = {
  ready: 'wait',
  working: 'wait',
  done: 'good',
  failed: 'bad',
  stopped: 'off',
  cancelled: 'off',
}

export function turnBadge(t: Translate, state: TurnState): Html {
  return badge(TURN_TONES[state], t(`admin.turn.${state}`))
}

export function connectionBadge(t: Translate, state: Connection['state']): Html {
  return badge(CONNECTION_TONES[state], t(`admin.connection.${state}`))
}

export function serverBadge(t: Translate, state: RegisteredServer['state']): Html {
  return badge(SERVER_TONES[state], t(`admin.server.${state}`))
}

export function badge(tone: Tone, words: string): Html {
  return html`<span class="badge ${tone}">${words}</span>`
}

/** In the platform's own spelling; one we have no name for is shown as it is. */
export function platformName(platform: string): string {
  return platform.charAt(0).toUpperCase() + platform.slice(1)
}
