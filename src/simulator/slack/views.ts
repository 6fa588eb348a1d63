import { blockFaults, isObject, withIds } from './block-kit.ts'
import { freshId, stableHex } from './identity.ts'
import type { SlackTeam, SlackView, Wire } from './model.ts'
import type { World } from './world.ts'

const STACK_LIMIT = 3

const FIELDS = new Set([
  ...['type', 'title', 'blocks', 'close', 'submit', 'private_metadata', 'callback_id', 'clear_on_close'],
  ...['notify_on_close', 'external_id', 'submit_disabled'],
])

/** What Slack would refuse about a view payload; empty when nothing. */
export function viewFaults(value: unknown, type: 'modal' | 'home'): string[] {
  if (!isObject(value)) return ['view must be an object']
  const faults = Object.keys(value)
    .filter((key) => !FIELDS.has(key))
    .map((key) => `unknown field in view: ${key}`)
  if (value.type !== type) faults.push(`view type must be ${type}`)
  if (type === 'modal') {
    faults.push(...plainText(value.title, 'title', true))
    const blocks: unknown[] = Array.isArray(value.blocks) ? value.blocks : []
    const asks = blocks.some((block) => isObject(block) && block.type === 'input')
    faults.push(...plainText(value.submit, 'submit', asks), ...plainText(value.close, 'close', false))
  }
  if (String(value.private_metadata ?? '').length > 3000)
    faults.push('private_metadata: at most 3000 characters')
  if (String(value.callback_id ?? '').length > 255) faults.push('callback_id: at most 255 characters')
  const found = blockFaults(value.blocks, 'view')
  if (found) faults.push(...(found.messages.length > 0 ? found.messages : [found.code]))
  return faults
}

function plainText(value: unknown, name: string, required: boolean): string[] {
  if (value === undefined || value === null) return required ? [`missing required field: ${name}`] : []
  if (!isObject(value) || value.type !== 'plain_text' || typeof value.text !== 'string') {
    return [`${name} must be a plain_text object`]
  }
  return value.text.length >= 1 && value.text.length <= 24 ? [] : [`${name}: 1 to 24 characters`]
}

/** Shows a checked view. Undefined when the stack of modals is full. */
export function showView(
  world: World,
  team: SlackTeam,
  personId: string,
  view: Wire,
  previous?: SlackView,
): SlackView | undefined {
  const depth = team.modals.filter((modal) => modal.personId === personId).length
  if (previous && depth >= STACK_LIMIT) return undefined
  const id = freshId('V')
  const shown: SlackView = {
    id,
    teamId: team.id,
    personId,
    type: view.type === 'home' ? 'home' : 'modal',
    view: completed(view),
    hash: hashOf(world, id),
    rootId: previous?.rootId ?? id,
    previousId: previous?.id,
    errors: {},
  }
  if (shown.type === 'home') team.homes.set(personId, shown)
  else {
    // A person sees one stack of modals; opening another root replaces it.
    if (!previous) removeModals(team, (modal) => modal.personId === personId)
    team.modals.push(shown)
  }
  world.changed({ kind: 'view', view: shown })
  return shown
}

export function replaceView(world: World, shown: SlackView, view: Wire): void {
  shown.view = completed(view)
  shown.hash = hashOf(world, shown.id)
  shown.errors = {}
  world.changed({ kind: 'view', view: shown })
}

export function removeModals(team: SlackTeam, matches: (modal: SlackView) => boolean): void {
  for (const modal of team.modals.filter(matches)) team.modals.splice(team.modals.indexOf(modal), 1)
}

/** The view as the Web API and payloads carry it. */
export function wireView(world: World, team: SlackTeam, shown: SlackView, values: Wire = {}): Wire {
  return {
    id: shown.id,
    team_id: team.id,
    private_metadata: '',
    callback_id: '',
    clear_on_close: false,
    notify_on_close: false,
    close: null,
    submit: null,
    external_id: '',
    ...shown.view,
    state: { values },
    hash: shown.hash,
    root_view_id: shown.rootId,
    previous_view_id: shown.previousId ?? null,
    app_id: world.settings.appId,
    app_installed_team_id: team.id,
    bot_id: team.botId,
  }
}

function completed(view: Wire): Wire {
  const blocks: unknown[] = Array.isArray(view.blocks) ? view.blocks : []
  return { ...view, blocks: withIds(blocks.filter(isObject)) }
}

function hashOf(world: World, id: string): string {
  return `${Math.floor(world.settings.now() / 1000)}.${stableHex(8, id, world.nextTs())}`
}
