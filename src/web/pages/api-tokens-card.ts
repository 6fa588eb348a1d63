import type { ApiToken } from '../../ports/api-token-store.ts'
import { API_SCOPES } from '../../ports/session-store.ts'
import { field } from './field.ts'
import { type Html, html } from './html.ts'
import type { FormValues, PageContext } from './page-context.ts'
import { ago, clock } from './time.ts'

const PATH = '/admin/account/tokens'

interface CardParts {
  readonly tokens: readonly ApiToken[]
  /** Just made; shown only now. */
  readonly made: string | undefined
  readonly values: FormValues
  readonly error: (name: string) => string | undefined
}

export function apiTokensCard(context: PageContext, { tokens, made, values, error }: CardParts): Html {
  const { t, formToken } = context
  return html`<section class="card stack" aria-labelledby="tokens-heading"><h2 id="tokens-heading">${t('admin.tokens.title')}</h2>
<p class="hint">${t('admin.tokens.lead')}</p>
${made !== undefined && html`<div class="made" role="status"><p><strong>${t('admin.tokens.made')}</strong> ${t('admin.tokens.made_hint')}</p><label class="sr" for="made-token">${t('admin.tokens.made')}</label><input id="made-token" readonly value="${made}" data-select></div>`}
${tokens.length > 0 && html`<ul class="rows">${tokens.map((token) => row(context, token))}</ul>`}
<form method="post" action="${PATH}" class="stack">${formToken}
<div class="pair">
${field({
  name: 'name',
  label: t('admin.tokens.name'),
  error: error('name'),
  control: (attributes) =>
    html`<input${attributes} required maxlength="100" autocomplete="off" value="${values.name ?? ''}">`,
})}
${field({
  name: 'days',
  label: t('admin.tokens.days'),
  hint: t('admin.tokens.days_hint'),
  error: error('days'),
  control: (attributes) =>
    html`<input${attributes} inputmode="numeric" autocomplete="off" value="${values.days ?? '90'}">`,
})}
</div>
<fieldset class="field"><legend class="label">${t('admin.tokens.scopes')}</legend><div class="checks">${API_SCOPES.map(
    (scope) =>
      html`<label><input type="checkbox" name="scope-${scope}" value="on"${(scope === 'read' || values[`scope-${scope}`] === 'on') && html` checked`}> <span>${t(`admin.scope.${scope}`)}</span></label>`,
  )}</div>${error('scopes') !== undefined && html`<p class="field-error">${error('scopes')}</p>`}</fieldset>
<div class="actions"><button>${t('admin.tokens.make')}</button></div></form></section>`
}

function row({ t, language, formToken }: PageContext, token: ApiToken): Html {
  const { id, name, scopes, expiresAt, lastUsedAt } = token
  const used =
    lastUsedAt === undefined
      ? t('admin.tokens.never_used')
      : html`${t('admin.tokens.last_used')} ${ago(lastUsedAt, language)}`
  return html`<li><div><strong dir="auto">${name}</strong><p class="dim">${scopes.map((scope) => t(`admin.scope.${scope}`)).join(', ')} · ${used}${expiresAt !== undefined && html` · ${t('admin.tokens.ends')} ${clock(expiresAt, language)}`}</p></div>
<form method="post" action="${PATH}/${id}/revoke">${formToken}<button class="small" aria-label="${t('admin.tokens.revoke_one', { name })}">${t('admin.tokens.revoke')}</button></form></li>`
}
