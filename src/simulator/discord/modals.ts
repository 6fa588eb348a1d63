import type { ModalForm } from './forms/modal-form.ts'
import { interactionType, openInteraction } from './interactions.ts'
import type { JsonObject } from './json.ts'
import { isJsonObject } from './json.ts'
import type { DiscordInteraction, DiscordModal, ModalField, World } from './world.ts'
import { boundLog, requireChannel } from './world.ts'

const textInput = 4

export function openModal(
  world: World,
  interaction: DiscordInteraction,
  form: ModalForm,
  components: readonly JsonObject[],
): DiscordModal {
  const modal: DiscordModal = {
    id: world.nextId(),
    interactionId: interaction.id,
    person: interaction.person,
    channelId: interaction.channelId,
    customId: form.custom_id,
    title: form.title,
    components,
    fields: components.flatMap(fieldsOf),
    openedAt: world.now(),
    submittedAt: undefined,
  }
  world.modals.push(modal)
  boundLog(world.modals)
  world.changed({ kind: 'modal', id: modal.id })
  return modal
}

/**
 * What the client sends when the person presses Submit. Throws where the client would keep the dialog open:
 * a required field is empty, or a text is too short or too long.
 */
export function submitModal(
  world: World,
  modal: DiscordModal,
  values: Readonly<Record<string, string | readonly string[]>>,
): DiscordInteraction {
  if (modal.submittedAt !== undefined) throw new Error(`modal ${modal.customId} was already submitted`)
  for (const name of Object.keys(values))
    if (!modal.fields.some(({ customId }) => customId === name)) throw new Error(`modal has no field ${name}`)
  for (const field of modal.fields) checkValue(field, values[field.customId] ?? field.value)
  const opener = world.interactions.get(modal.interactionId)
  const source =
    opener?.sourceMessageId === undefined ? undefined : world.messages.get(opener.sourceMessageId)
  modal.submittedAt = world.now()
  world.changed({ kind: 'modal', id: modal.id })
  return openInteraction(world, {
    type: interactionType.modal,
    person: modal.person,
    channel: requireChannel(world, modal.channelId),
    name: modal.customId,
    message: source,
    data: {
      custom_id: modal.customId,
      components: modal.components.map((one) => answered(one, modal, values)),
    },
  })
}

function fieldsOf(component: JsonObject): ModalField[] {
  const { component: labelled, components } = component
  const inputs = isJsonObject(labelled)
    ? [labelled]
    : Array.isArray(components)
      ? components.filter(isJsonObject)
      : []
  return inputs.map((input) => ({
    customId: text(input.custom_id),
    label: text(component.label) || text(input.label),
    type: Number(input.type),
    required: input.required !== false && input.type !== 23,
    minLength: Number(input.min_length ?? 0),
    maxLength: Number(input.max_length ?? 4000),
    value: text(input.value),
    placeholder: text(input.placeholder),
  }))
}

function checkValue(field: ModalField, value: string | readonly string[]): void {
  if (value.length === 0) {
    if (field.required) throw new Error(`field ${field.customId} is required`)
    return
  }
  if (field.type !== textInput) return
  if (typeof value !== 'string') throw new Error(`field ${field.customId} takes text`)
  const { length } = [...value]
  if (length < field.minLength || length > field.maxLength)
    throw new Error(
      `field ${field.customId} takes ${field.minLength} to ${field.maxLength} characters, not ${length}`,
    )
}

/** A component as the submission carries it: types, ids, custom ids and values only. */
function answered(
  component: JsonObject,
  modal: DiscordModal,
  values: Readonly<Record<string, string | readonly string[]>>,
): JsonObject {
  const { type, id, custom_id, component: labelled, components } = component
  const base = { type, id }
  if (isJsonObject(labelled)) return { ...base, component: answered(labelled, modal, values) }
  if (Array.isArray(components))
    return { ...base, components: components.filter(isJsonObject).map((one) => answered(one, modal, values)) }
  if (custom_id === undefined) return base
  const field = modal.fields.find(({ customId }) => customId === custom_id)
  const given = values[text(custom_id)] ?? field?.value ?? ''
  if (type === 4 || type === 21)
    return { ...base, custom_id, value: typeof given === 'string' ? given : (given[0] ?? null) }
  if (type === 23) return { ...base, custom_id, value: given === 'true' }
  return { ...base, custom_id, values: typeof given === 'string' ? (given === '' ? [] : [given]) : given }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
