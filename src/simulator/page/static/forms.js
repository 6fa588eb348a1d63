// @ts-check
import { fill, focusOn, h, iconButton } from './element.js'

/**
 * @import { FormField, FormSight } from '../sight.ts'
 * @import { PaneContext } from './pane-context.js'
 */

/** The bot's dialogs. @param {PaneContext} pane */
export function createForms(pane) {
  /** @type {{ id: string, dialog: HTMLDialogElement, errors: (fields: readonly FormField[]) => void } | undefined} */
  let open

  /** @param {FormSight} form */
  const build = (form) => {
    const notes = new Map()
    const said = h('p', { class: 'form-error', role: 'alert', hidden: true })
    const fields = form.fields.map((field) => {
      if (field.kind === 'note') return h('p', {}, field.label)
      const note = h('span', { class: 'field-error', role: 'alert' })
      notes.set(field.name, note)
      return h(
        'label',
        { class: 'field' },
        h('span', {}, field.label, !field.isRequired && h('em', {}, ' optional')),
        control(field),
        note,
      )
    })
    const close = () => void pane.act({ do: 'closeForm', form: form.id })
    const body = h(
      'form',
      { novalidate: true },
      h('header', {}, h('h2', {}, form.title), iconButton('close', 'Close', close)),
      said,
      ...fields,
      h(
        'footer',
        {},
        h('button', { type: 'button', onclick: close }, 'Cancel'),
        h('button', { type: 'submit', class: 'primary' }, form.submit),
      ),
    )
    body.addEventListener('submit', async (event) => {
      event.preventDefault()
      const result = await pane.submitForm({
        do: 'submitForm',
        form: form.id,
        values: valuesOf(body, form.fields),
      })
      said.hidden = result === undefined
      said.textContent = result ?? ''
    })
    const dialog = h(
      'dialog',
      {
        class: 'form',
        'data-platform': pane.platform,
        'aria-label': form.title,
        oncancel: (event) => {
          event.preventDefault()
          close()
        },
      },
      body,
    )
    return {
      id: form.id,
      dialog,
      /** @param {readonly FormField[]} now */
      errors(now) {
        for (const { name, error } of now) if (notes.has(name)) fill(notes.get(name), error)
      },
    }
  }

  return {
    /** Shows the topmost, or none. @param {readonly FormSight[]} forms */
    show(forms) {
      const form = forms.at(-1)
      if (open && open.id !== form?.id) {
        open.dialog.close()
        open.dialog.remove()
        open = undefined
      }
      if (!form) return
      if (!open) {
        open = build(form)
        document.body.append(open.dialog)
        open.dialog.showModal()
        focusOn(open.dialog, 'textarea, .field input')
      }
      open.errors(form.fields)
    },
  }
}

/** @param {FormField} field */
function control(field) {
  const { name, value, maxLength: maxlength, placeholder } = field
  switch (field.kind) {
    case 'lines':
      return h('textarea', { name, rows: 8, maxlength, placeholder, spellcheck: 'false' }, value)
    case 'choice':
      return h(
        'select',
        { name },
        !field.isRequired && h('option', { value: '' }, ''),
        field.options.map((option) =>
          h('option', { value: option.value, selected: option.value === value }, option.label),
        ),
      )
    case 'choices':
      return h(
        'select',
        { name, multiple: true },
        field.options.map((option) => h('option', { value: option.value }, option.label)),
      )
    default:
      return h('input', { name, type: 'text', maxlength, placeholder, value })
  }
}

/** @param {HTMLFormElement} form @param {readonly FormField[]} fields */
function valuesOf(form, fields) {
  const data = new FormData(form)
  /** @type {Record<string, string | string[]>} */
  const values = {}
  for (const { name, kind } of fields) {
    if (kind === 'note') continue
    const given = data.getAll(name).map(String)
    if (kind === 'choices') values[name] = given
    else if (given[0] !== undefined && (kind !== 'choice' || given[0] !== ''))
      values[name] = given[0].replaceAll('\r\n', '\n')
  }
  return values
}
