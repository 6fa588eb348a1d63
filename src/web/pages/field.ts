import { type Content, type Html, html } from './html.ts'

export interface FieldParts {
  readonly name: string
  readonly label: string
  readonly hint?: Content
  /** In words. */
  readonly error?: string | undefined
  /** Beside the label. */
  readonly badge?: Content
  /** `attributes` ties the control to its hint and error. */
  readonly control: (attributes: Html) => Html
}

/** A label, its control, and what is to be said about it, tied together for screen readers. */
export function field({ name, label, hint, error, badge, control }: FieldParts): Html {
  const described = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(' ')
  const attributes = html` id="${name}" name="${name}"${described !== '' && html` aria-describedby="${described}"`}${error !== undefined && html` aria-invalid="true"`}`
  return html`<div class="field">
  <div class="field-head"><label for="${name}">${label}</label>${badge}</div>
  ${control(attributes)}
  ${hint !== undefined && html`<p class="hint" id="${name}-hint">${hint}</p>`}
  ${error !== undefined && html`<p class="field-error" id="${name}-error">${error}</p>`}
</div>`
}

/** Radio buttons in a row; a group of its own for screen readers. */
export function choices(parts: {
  readonly name: string
  readonly label: string
  readonly hint?: Content
  readonly badge?: Content
  readonly chosen: string
  readonly options: readonly { readonly value: string; readonly label: string }[]
}): Html {
  const { name, label, hint, badge, chosen, options } = parts
  return html`<fieldset class="field choices"${hint !== undefined && html` aria-describedby="${name}-hint"`}>
  <legend class="sr">${label}</legend>
  <div class="field-head"><span class="label" aria-hidden="true">${label}</span>${badge}</div>
  <div class="segments">${options.map(
    (option) =>
      html`<label><input type="radio" name="${name}" value="${option.value}"${option.value === chosen && html` checked`}><span>${option.label}</span></label>`,
  )}</div>
  ${hint !== undefined && html`<p class="hint" id="${name}-hint">${hint}</p>`}
</fieldset>`
}

export function select(
  attributes: Html,
  chosen: string,
  options: readonly { readonly value: string; readonly label: string }[],
): Html {
  return html`<select${attributes}>${options.map(
    ({ value, label }) =>
      html`<option value="${value}"${value === chosen && html` selected`}>${label}</option>`,
  )}</select>`
}
