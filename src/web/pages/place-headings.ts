import type { Channel, Workspace } from '../../ports/workspace-store.ts'
import { type Html, html } from './html.ts'
import type { PageContext } from './page-context.ts'
import { platformName } from './state-badge.ts'

export function workspaceHeading({ t }: PageContext, { name, platform, connection }: Workspace): Html {
  return html`<nav class="trail" aria-label="${t('admin.nav.trail')}"><a href="/admin/workspaces">${t('admin.nav.workspaces')}</a></nav>
<h1 dir="auto">${name}</h1>
<p class="lead">${platformName(platform)}${connection.name !== platformName(platform) && ` (${connection.name})`}. ${t('admin.workspace.lead')}</p>`
}

export function workspaceLinks(context: PageContext, { id }: Workspace, channels: readonly Channel[]): Html {
  const { t } = context
  return html`<section class="card">
  <h2>${t('admin.workspace.watch')}</h2>
  <ul class="links">
    <li><a href="/admin/conversations?workspace=${id}">${t('admin.nav.conversations')}</a></li>
    <li><a href="/admin/workspaces/${id}/messages">${t('admin.workspace.every_message')}</a></li>
    <li><a href="/admin/usage?workspace=${id}">${t('admin.nav.usage')}</a></li>
    <li><a href="/admin/workspaces/${id}/rehearsals">${t('admin.nav.rehearse')}</a></li>
    <li><a href="/admin/budgets?for=workspace:${id}">${t('admin.nav.budgets')}</a></li>
    <li><a href="/admin/runs?workspace=${id}">${t('admin.nav.runs')}</a></li>
  </ul>
</section>
<section class="card">
  <h2>${t('admin.channels.title')}</h2>
  ${
    channels.length === 0
      ? html`<p class="hint">${t('admin.channels.empty')}</p>`
      : html`<p class="hint">${t('admin.channels.lead')}</p>
  <ul class="rows">${channels.map(
    (channel) =>
      html`<li><a href="/admin/channels/${channel.id}" dir="auto">${channelName(context, channel)}</a>${
        channel.hasOwnSettings && html`<span class="source own">${t('admin.channels.own')}</span>`
      }</li>`,
  )}</ul>`
  }
</section>`
}

export function channelHeading(context: PageContext, channel: Channel, above: Workspace): Html {
  const { t } = context
  return html`<nav class="trail" aria-label="${t('admin.nav.trail')}"><a href="/admin/workspaces">${t('admin.nav.workspaces')}</a> <a href="/admin/workspaces/${above.id}" dir="auto">${above.name}</a></nav>
<h1 dir="auto">${channelName(context, channel)}</h1>
<p class="lead">${t('admin.channel.lead', { workspace: above.name })}</p>`
}

export function channelName({ t }: PageContext, { name, kind }: Pick<Channel, 'name' | 'kind'>): string {
  return name ?? t(kind === 'direct' ? 'admin.channel.direct' : 'admin.channel.unnamed')
}
