import { CREDENTIALS, type KnownPlatform } from '../actions/own-connections.ts'
import { field } from './field.ts'
import { type Html, html } from './html.ts'
import type { FormValues, Translate } from './page-context.ts'

/** Without these a platform cannot be reached; the others depend on how it is. */
const NEEDED: ReadonlySet<string> = new Set(['botToken', 'token', 'homeserverUrl'])
const PLAIN: ReadonlySet<string> = new Set(['homeserverUrl', 'user', 'applicationId'])

export function credentialFields(
  t: Translate,
  platform: KnownPlatform,
  options: {
    readonly error: (name: string) => string | undefined
    /** False: what stays empty stays as it is. */
    readonly required: boolean
    /** Distinguishes several forms of a page. */
    readonly prefix?: string
  },
): Html {
  const { error, required, prefix = '' } = options
  return html`${CREDENTIALS[platform].map((name) =>
    field({
      name: `${prefix}${name}`,
      label: t(`admin.credential.${name}`),
      error: error(name),
      control: (attributes) =>
        html`<input type="${PLAIN.has(name) ? 'text' : 'password'}"${attributes} maxlength="5000" autocomplete="off" spellcheck="false"${required && NEEDED.has(name) && html` required`}>`,
    }),
  )}`
}

export function credentialsIn(
  values: FormValues,
  names: readonly string[],
  prefix = '',
): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, values[`${prefix}${name}`] ?? '']))
}
