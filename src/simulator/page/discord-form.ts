import type { DiscordModal } from '../discord/index.ts'
import { isRecord, records, textOf } from './pane.ts'
import type { FormField, FormSight } from './sight.ts'

export function discordForm(modal: DiscordModal, onlyFor: string): FormSight {
  const inputs = modal.components.flatMap((component) => [
    ...(isRecord(component.component) ? [component.component] : []),
    ...records(component.components),
  ])
  return {
    id: modal.id,
    onlyFor,
    title: modal.title,
    submit: 'Submit',
    fields: modal.fields.map((field): FormField => {
      const input = inputs.find((one) => one.custom_id === field.customId) ?? {}
      const choices = records(input.options)
      const isMany = Number(input.max_values ?? 1) > 1
      return {
        name: field.customId,
        label: field.label,
        kind: choices.length > 0 ? (isMany ? 'choices' : 'choice') : input.style === 2 ? 'lines' : 'line',
        value: field.value || textOf(choices.find((choice) => choice.default === true)?.value),
        options: choices.map((choice) => ({ label: textOf(choice.label), value: textOf(choice.value) })),
        isRequired: field.required,
        maxLength: choices.length > 0 ? undefined : field.maxLength,
        placeholder: field.placeholder || undefined,
      }
    }),
  }
}
