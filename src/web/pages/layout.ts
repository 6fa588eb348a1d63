import type { Admin } from '../../ports/admin-store.ts'
import { WORKSPACE_ROUTES } from '../plugins/workspace-routes.ts'
import { assetUrl } from './assets.ts'
import { type Content, type Html, html } from './html.ts'
import type { PageContext, Translate } from './page-context.ts'

/** What happens, what is set up, who is behind it. */
const SECTIONS = [
  [
    { path: '/admin', key: 'admin.nav.overview' },
    { path: '/admin/conversations', key: 'admin.nav.conversations' },
    { path: '/admin/runs', key: 'admin.nav.runs' },
    { path: '/admin/usage', key: 'admin.nav.usage' },
    { path: '/admin/queue', key: 'admin.nav.queue' },
  ],
  [
    { path: '/admin/connections', key: 'admin.nav.connections' },
    { path: '/admin/workspaces', key: 'admin.nav.workspaces' },
    { path: '/admin/models', key: 'admin.nav.models' },
    { path: '/admin/budgets', key: 'admin.nav.budgets' },
    { path: '/admin/settings', key: 'admin.nav.settings' },
  ],
  [
    { path: '/admin/people', key: 'admin.nav.people' },
    { path: '/admin/audit', key: 'admin.nav.audit' },
  ],
] as const

/** Workspace admins are shown the way to what they may use. */
function maySee({ role }: Admin, path: string): boolean {
  return role !== 'workspace_admin' || WORKSPACE_ROUTES.has(`GET ${path}`)
}

interface PageParts {
  readonly title: string
  /** Of the section it belongs to. */
  readonly path: string
  readonly body: Content
}

export function layout(context: PageContext, { title, path, body }: PageParts): Html {
  const { t, admin, formToken, notice, language } = context
  const current = (section: string) => (section === path ? html` aria-current="page"` : undefined)
  return document(
    language,
    title,
    html`<a class="skip" href="#content">${t('admin.nav.skip')}</a>
<div class="frame">
  <header class="rail">
    <a class="brand" href="${admin.role === 'workspace_admin' ? '/admin/workspaces' : '/admin'}">${mark}<span>BrainAll</span></a>
    <nav aria-label="${t('admin.nav.label')}">
      ${SECTIONS.map((group) => html`<ul>${group.filter(({ path }) => maySee(admin, path)).map((section) => html`<li><a href="${section.path}"${current(section.path)}>${t(section.key)}</a></li>`)}</ul>`)}
    </nav>
    <div class="who">
      <a href="/admin/account"${current('/admin/account')}>
        <span class="who-mail">${admin.name ?? admin.email}</span>
        <span class="who-role">${t(`admin.role.${admin.role}`)}</span>
      </a>
      <form method="post" action="/admin/logout">${formToken}<button class="quiet small">${t('admin.nav.logout')}</button></form>
    </div>
  </header>
  <main id="content" tabindex="-1">
    ${notice !== undefined && html`<p class="notice good" role="status">${notice}</p>`}
    ${body}
  </main>
</div>`,
  )
}

/** For who is not logged in. */
export function plainLayout(language: string, title: string, body: Content): Html {
  return document(
    language,
    title,
    html`<main class="door" id="content">
  <p class="brand">${mark}<span>BrainAll</span></p>
  ${body}
</main>`,
  )
}

export function faultNote(t: Translate, sentence: string | undefined): Content {
  return (
    sentence !== undefined &&
    html`<p class="notice bad" role="alert"><span class="sr">${t('admin.notice.fault')} </span>${sentence}</p>`
  )
}

function document(language: string, title: string, body: Html): Html {
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title} · BrainAll</title>
<link rel="icon" href="${assetUrl('mark.svg')}" type="image/svg+xml">
<link rel="stylesheet" href="${assetUrl('admin.css')}">
<script src="${assetUrl('admin.js')}" defer></script>
</head>
<body>
${body}
</body>
</html>
`
}

/** Four voices, one answer. */
const mark = html`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><path d="M4 4h10v10H4zM18 4h10v10H18zM4 18h10v10H4z"/><circle cx="23" cy="23" r="5.4"/></svg>`
