import { renderSVG } from 'uqr'
import type { SecondFactor } from '../../ports/second-factor-store.ts'
import type { Proposal } from '../actions/second-factor.ts'
import { field } from './field.ts'
import { type Html, html } from './html.ts'
import type { PageContext } from './page-context.ts'
import { clock } from './time.ts'

const PATH = '/admin/account/second-factor'

interface CardParts {
  readonly factor: SecondFactor | undefined
  /** Waits for its first code. */
  readonly proposal: Proposal | undefined
  /** Just made; shown only now. */
  readonly codes: readonly string[] | undefined
  /** In words, by the name of the input. */
  readonly error: (name: string) => string | undefined
}

export function secondFactorCard(context: PageContext, { factor, proposal, codes, error }: CardParts): Html {
  const { t } = context
  return html`<section class="card stack" aria-labelledby="second-heading"><h2 id="second-heading">${t('admin.second.title')}</h2>
${codes !== undefined && codesNote(context, codes)}
${
  factor?.verified
    ? active(context, factor, error)
    : proposal === undefined
      ? inactive(context)
      : waiting(context, proposal, error('code'))
}</section>`
}

function inactive({ t, formToken }: PageContext): Html {
  return html`<p class="hint">${t('admin.second.off')}</p>
<form method="post" action="${PATH}">${formToken}<button>${t('admin.second.begin')}</button></form>`
}

function waiting(
  { t, formToken }: PageContext,
  { secret, address }: Proposal,
  error: string | undefined,
): Html {
  const grouped = secret.replace(/(.{4})(?=.)/g, '$1 ')
  return html`<p>${t('admin.second.scan')}</p>
<img class="qr" src="${pictureOf(address)}" alt="${t('admin.second.picture')}" width="200" height="200">
<p>${t('admin.second.key')}: <code class="key">${grouped}</code></p>
<form method="post" action="${PATH}/confirm" class="stack">${formToken}
${field({
  name: 'code',
  label: t('admin.second.code'),
  error,
  control: (attributes) =>
    html`<input${attributes} inputmode="numeric" autocomplete="one-time-code" required maxlength="10">`,
})}
<div class="actions"><button class="primary">${t('admin.second.confirm')}</button></div></form>`
}

function active(
  { t, language, formToken }: PageContext,
  { since, unusedRecoveryCodes }: SecondFactor,
  error: (name: string) => string | undefined,
): Html {
  return html`<p>${t('admin.second.on')} ${clock(since, language)}. ${t('admin.second.codes_left', { count: unusedRecoveryCodes })}</p>
<form method="post" action="${PATH}/recovery-codes" class="stack">${formToken}
${field({
  name: 'second_current',
  label: t('admin.account.current'),
  error: error('second_current'),
  control: (attributes) =>
    html`<input type="password"${attributes} required maxlength="1000" autocomplete="current-password">`,
})}
<div class="actions"><button>${t('admin.second.renew')}</button><button class="danger" formaction="${PATH}/remove">${t('admin.second.remove')}</button><span class="hint">${t('admin.second.remove_hint')}</span></div></form>`
}

function codesNote({ t }: PageContext, codes: readonly string[]): Html {
  return html`<div class="made stack" role="status"><h3>${t('admin.second.codes')}</h3><p>${t('admin.second.codes_hint')}</p>
<ul class="codes">${codes.map((code) => html`<li><code>${code}</code></li>`)}</ul></div>`
}

/** As an address of data: the page's policy lets no markup of others in. */
function pictureOf(text: string): string {
  const svg = renderSVG(text, { border: 2 })
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`
}
