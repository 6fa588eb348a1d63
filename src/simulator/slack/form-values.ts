import { isObject } from './block-kit.ts'
import type { Wire } from './model.ts'

/** What a person fills in: by action id, or by block id and then action id. Lists are for multi-selects. */
export type FormValues = Record<
  string,
  string | readonly string[] | Record<string, string | readonly string[]>
>

/**
 * The `state.values` of a submission. Throws where Slack's client would not let the person submit:
 * a required input left empty, text too short or long, a choice that is not offered, a field that is not there.
 */
export function formState(view: Wire, values: FormValues): Wire {
  const state: Record<string, Wire> = {}
  const used = new Set<string>()
  const blocks: unknown[] = Array.isArray(view.blocks) ? view.blocks : []
  for (const block of blocks) {
    if (!isObject(block) || block.type !== 'input' || !isObject(block.element)) continue
    const blockId = String(block.block_id)
    const actionId = String(block.element.action_id)
    const given = lookUp(values, blockId, actionId, used)
    const filled = fill(block.element, given)
    if (filled.empty && block.optional !== true) throw new Error(`the form's ${actionId} is required`)
    state[blockId] = { [actionId]: filled.value }
  }
  const unknown = Object.keys(values).filter((name) => !used.has(name))
  if (unknown.length > 0) throw new Error(`the form has no ${unknown.join(', ')}`)
  return state
}

function lookUp(
  values: FormValues,
  blockId: string,
  actionId: string,
  used: Set<string>,
): string | readonly string[] | undefined {
  const block = values[blockId]
  if (typeof block === 'object' && !Array.isArray(block) && isObject(block)) {
    used.add(blockId)
    const inner = block[actionId]
    return typeof inner === 'string' || Array.isArray(inner) ? inner : undefined
  }
  const name = values[actionId] === undefined ? blockId : actionId
  const value = values[name]
  if (typeof value !== 'string' && !Array.isArray(value)) return undefined
  used.add(name)
  return value
}

function fill(element: Wire, given: string | readonly string[] | undefined): { value: Wire; empty: boolean } {
  const type = String(element.type)
  const list = typeof given === 'string' ? [given] : [...(given ?? [])]
  if (Array.isArray(element.options)) {
    const initial =
      element.initial_options ?? (element.initial_option === undefined ? [] : [element.initial_option])
    const chosen =
      given === undefined
        ? Array.isArray(initial)
          ? initial
          : []
        : list.map((value) => option(element, value))
    const many = type === 'checkboxes' || type.startsWith('multi_')
    const value = many ? { type, selected_options: chosen } : { type, selected_option: chosen[0] ?? null }
    return { value, empty: chosen.length === 0 }
  }
  const text = list[0] ?? (typeof element.initial_value === 'string' ? element.initial_value : '')
  if (typeof element.max_length === 'number' && text.length > element.max_length) {
    throw new Error(`the form's ${String(element.action_id)} takes ${element.max_length} characters`)
  }
  if (typeof element.min_length === 'number' && text.length < element.min_length) {
    throw new Error(`the form's ${String(element.action_id)} needs ${element.min_length} characters`)
  }
  if (element.multiline !== true && text.includes('\n')) {
    throw new Error(`the form's ${String(element.action_id)} is one line`)
  }
  return { value: { type, value: text === '' ? null : text }, empty: text === '' }
}

/** The option of a select, radio group or overflow that has this value. */
export function option(element: Wire, value: string): Wire {
  const options: unknown[] = Array.isArray(element.options) ? element.options : []
  const found = options.filter(isObject).find((candidate) => candidate.value === value)
  if (!found) throw new Error(`${String(element.action_id)} does not offer ${value}`)
  return found
}
