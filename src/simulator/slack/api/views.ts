import { isObject } from '../block-kit.ts'
import type { SlackView, Wire } from '../model.ts'
import type { Triggers } from '../triggers.ts'
import { replaceView, showView, viewFaults, wireView } from '../views.ts'
import type { Call, Handler } from './call.ts'
import { invalidArguments, Refusal } from './refusal.ts'

export function viewMethods(triggers: Triggers): Readonly<Record<string, Handler>> {
  const actor = (call: Call): string => {
    const trigger = call.args.text('trigger_id') ?? call.args.text('interactivity_pointer')
    if (trigger === undefined) throw new Refusal('invalid_trigger_id')
    const redeemed = triggers.redeem(trigger, call.team.id)
    if ('fault' in redeemed) throw new Refusal(redeemed.fault)
    return redeemed.personId
  }

  return {
    'views.open': (call) => {
      const view = readView(call, 'modal')
      checkExternalId(call, view)
      return answer(call, showView(call.world, call.team, actor(call), view))
    },

    'views.push': (call) => {
      const view = readView(call, 'modal')
      checkExternalId(call, view)
      const personId = actor(call)
      const top = call.team.modals.findLast((modal) => modal.personId === personId)
      if (!top) throw new Refusal('invalid_trigger_id')
      return answer(call, showView(call.world, call.team, personId, view, top))
    },

    'views.update': (call) => {
      const view = readView(call, 'modal')
      const id = call.args.text('view_id')
      const external = call.args.text('external_id')
      const shown = call.team.modals.find(
        (modal) => modal.id === id || (external !== undefined && modal.view.external_id === external),
      )
      if (!shown) throw new Refusal('not_found')
      const hash = call.args.text('hash')
      if (hash !== undefined && hash !== shown.hash) throw new Refusal('hash_conflict')
      replaceView(call.world, shown, view)
      return answer(call, shown)
    },

    'views.publish': (call) => {
      const personId = call.args.need('user_id')
      if (!call.team.people.has(personId)) throw invalidArguments(['invalid `user_id`'])
      const hash = call.args.text('hash')
      const current = call.team.homes.get(personId)
      if (hash !== undefined && current && hash !== current.hash) throw new Refusal('hash_conflict')
      return answer(call, showView(call.world, call.team, personId, readView(call, 'home')))
    },
  }
}

function readView(call: Call, type: 'modal' | 'home'): Wire {
  const value = call.args.json('view')
  if (JSON.stringify(value).length > 250_000) throw new Refusal('view_too_large')
  const faults = viewFaults(value, type)
  if (faults.length > 0 || !isObject(value)) throw invalidArguments(faults)
  return value
}

function checkExternalId(call: Call, view: Wire): void {
  const external = view.external_id
  if (typeof external !== 'string' || external === '') return
  if (call.team.modals.some((modal) => modal.view.external_id === external))
    throw new Refusal('duplicate_external_id')
}

function answer(call: Call, shown: SlackView | undefined): Wire {
  if (!shown) throw new Refusal('push_limit_reached')
  return { view: wireView(call.world, call.team, shown) }
}
