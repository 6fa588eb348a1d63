import type { SlackView } from '../slack/index.ts'
import { isRecord, records, textOf } from './pane.ts'
import type { FormField, FormSight } from './sight.ts'

export function slackForm(shown: SlackView, onlyFor: string): FormSight {
  const { view } = shown
  return {
    id: shown.id,
    onlyFor,
    title: plain(view.title),
    submit: plain(view.submit) || 'Submit',
    fields: records(view.blocks).flatMap((block) => fieldSight(block, shown.errors)),
  }
}

function fieldSight(block: Record<string, unknown>, errors: Readonly<Record<string, string>>): FormField[] {
  const blank = { value: '', options: [], isRequired: false }
  if (block.type !== 'input') {
    const label = plain(block.text)
    return label === '' ? [] : [{ name: '', kind: 'note', label, ...blank }]
  }
  const element = isRecord(block.element) ? block.element : {}
  const options = records(element.options).map((option) => ({
    label: plain(option.text),
    value: textOf(option.value),
  }))
  const isMany = element.type === 'checkboxes' || textOf(element.type).startsWith('multi_')
  const kind =
    options.length > 0 ? (isMany ? 'choices' : 'choice') : element.multiline === true ? 'lines' : 'line'
  const initial = isRecord(element.initial_option) ? element.initial_option.value : element.initial_value
  return [
    {
      name: textOf(element.action_id),
      label: plain(block.label),
      kind,
      value: textOf(initial),
      options,
      isRequired: block.optional !== true,
      maxLength: typeof element.max_length === 'number' ? element.max_length : undefined,
      placeholder: plain(element.placeholder) || undefined,
      error: errors[textOf(block.block_id)],
    },
  ]
}

function plain(value: unknown): string {
  return isRecord(value) ? textOf(value.text) : ''
}
