import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { AdminId } from '../../model/ids.ts'
import { ADMIN_ROLES, HUB_ROLES } from '../../ports/admin-store.ts'
import type { Member } from '../../ports/people-store.ts'
import type { Workspace } from '../../ports/workspace-store.ts'
import type { Gate } from '../actions/gate.ts'
import {
  changeRole,
  invite,
  inviteSchema,
  type MadeLink,
  makeLink,
  removeMember,
  roleSchema,
} from '../actions/people.ts'
import { invalid, WebFault } from '../fault.ts'
import { joinUrl } from '../join-url.ts'
import type { WebParts } from '../parts.ts'
import { type App, sessionOf } from '../request.ts'
import { idOf } from '../routes/shapes.ts'
import { field, select } from './field.ts'
import { type Html, html } from './html.ts'
import { faultNote } from './layout.ts'
import { attempt, type FormValues, formValues, type PageContext, pageContext } from './page-context.ts'
import { sendPage, sendTo } from './send.ts'
import { ago, clock } from './time.ts'

const PATH = '/admin/people'

interface Shown {
  /** What was sent and refused; the form shows it again. */
  readonly tried?: { readonly values: FormValues; readonly fault: WebFault }
  readonly made?: MadeLink
}

export function addPeoplePage(app: App, parts: WebParts, gate: Gate): void {
  const show = async (request: FastifyRequest, reply: FastifyReply, { tried, made }: Shown = {}) => {
    const context = pageContext(parts, gate, request)
    const { t, language, admin } = context
    const members = await parts.people.list()
    const owns = admin.role === 'owner'
    const mailError = tried?.fault.fields.email
    const workspaceError = tried?.fault.fields.workspaces
    const workspaces = owns ? await parts.workspaces.list({ limit: 200 }) : []
    return sendPage(reply, context, {
      title: t('admin.nav.people'),
      path: PATH,
      status: tried?.fault.status ?? 200,
      body: html`<h1>${t('admin.nav.people')}</h1>
<p class="lead">${t('admin.people.lead')}</p>
${faultNote(t, tried && parts.say(tried.fault.sentence, language))}
${made !== undefined && linkNote(context, made, joinUrl(parts, request, made.token))}
<ul class="card people">${members.map((member) => row(context, member, owns))}</ul>
${owns ? inviteForm(context, workspaces, tried?.values ?? {}, mailError && parts.say(mailError, language), workspaceError && parts.say(workspaceError, language)) : html`<p class="hint">${t('admin.fault.owners_only')}</p>`}
<section class="narrow"><h2>${t('admin.people.roles')}</h2><dl class="facts">${ADMIN_ROLES.map((role) => html`<div><dt>${t(`admin.role.${role}`)}</dt><dd>${t(`admin.people.may_${role}`)}</dd></div>`)}</dl></section>`,
    })
  }

  const owners = { config: { access: 'owners' } } as const
  const one = { ...owners, schema: { params: z.object({ id: idOf<AdminId>() }) } }

  app.get(PATH, owners, async (request, reply) => show(request, reply))

  app.post(PATH, owners, async (request, reply) => {
    const values = formValues(request)
    const outcome = await attempt(async () => {
      const parsed = inviteSchema.safeParse({
        email: values.email ?? '',
        role: values.role,
        workspaces: Object.keys(values)
          .filter((name) => name.startsWith('workspace-'))
          .map((name) => name.slice('workspace-'.length)),
      })
      if (!parsed.success) throw invalid(parsed.error.issues)
      return invite(parts, parsed.data, sessionOf(request).admin)
    })
    if (outcome.kind === 'refused') return show(request, reply, { tried: { values, fault: outcome.fault } })
    return show(request, reply, { made: outcome.value })
  })

  app.post(`${PATH}/:id/link`, one, async (request, reply) => {
    const outcome = await attempt(() => makeLink(parts, gate, request.params.id, sessionOf(request).admin))
    if (outcome.kind === 'refused')
      return show(request, reply, { tried: { values: {}, fault: outcome.fault } })
    return show(request, reply, { made: outcome.value })
  })

  app.post(`${PATH}/:id/role`, one, async (request, reply) => {
    const outcome = await attempt(async () => {
      const { data } = roleSchema.safeParse({ role: formValues(request).role })
      if (data === undefined) throw new WebFault('malformed')
      return changeRole(parts, gate, request.params.id, data, sessionOf(request).admin)
    })
    if (outcome.kind === 'refused')
      return show(request, reply, { tried: { values: {}, fault: outcome.fault } })
    return sendTo(reply, PATH, 'saved')
  })

  app.post(`${PATH}/:id/remove`, one, async (request, reply) => {
    const outcome = await attempt(() =>
      removeMember(parts, gate, request.params.id, sessionOf(request).admin),
    )
    if (outcome.kind === 'refused')
      return show(request, reply, { tried: { values: {}, fault: outcome.fault } })
    return sendTo(reply, PATH, 'person_removed')
  })
}

function linkNote({ t, language }: PageContext, { member }: MadeLink, url: string): Html {
  return html`<section class="card made" role="status"><h2>${t('admin.people.link_made', { email: member.email })}</h2>
<p>${t('admin.people.link_hint')} ${member.linkUntil !== undefined && html`${t('admin.people.link_until')} ${clock(member.linkUntil, language)}.`}</p>
<label class="sr" for="link">${t('admin.people.link')}</label><input id="link" readonly value="${url}" data-select></section>`
}

function row(context: PageContext, member: Member, owns: boolean): Html {
  const { t, language, admin, formToken } = context
  const { id, email, role, linkUntil, lastLogInAt } = member
  const self = id === admin.id
  const theirs = member.workspaces.map((workspace) => workspace.name).join(', ')
  const expired = linkUntil !== undefined && linkUntil.getTime() < Date.now()
  const seen =
    linkUntil === undefined
      ? lastLogInAt === undefined
        ? t('admin.people.never')
        : html`${t('admin.people.last_log_in')} ${ago(lastLogInAt, language)}`
      : expired
        ? t('admin.people.link_expired')
        : html`${t('admin.people.link_until')} ${clock(linkUntil, language)}`
  const roleId = `role-${id}`
  return html`<li><div class="person"><p><strong dir="auto">${member.name ?? email}</strong> ${self && html`<span class="source own">${t('admin.people.you')}</span>`}${linkUntil !== undefined && html`<span class="badge ${expired ? 'off' : 'wait'}">${t('admin.people.invited')}</span>`}</p><p class="dim">${(!owns || role === 'workspace_admin') && html`${t(`admin.role.${role}`)} · `}${theirs !== '' && html`<span dir="auto">${theirs}</span> · `}${seen}</p></div>
${
  owns &&
  html`${
    role === 'workspace_admin'
      ? ''
      : html`<form method="post" action="${PATH}/${id}/role" class="inline">${formToken}<label class="sr" for="${roleId}">${t('admin.people.role_of', { email })}</label>${select(
          html` id="${roleId}" name="role"`,
          role,
          HUB_ROLES.map((value) => ({ value, label: t(`admin.role.${value}`) })),
        )}<button class="small" aria-label="${t('admin.people.save_role', { email })}">${t('admin.settings.save')}</button></form>`
  }
${
  self
    ? html`<a class="button small" href="/admin/account">${t('admin.account.title')}</a>`
    : html`<div class="actions"><details class="confirm"><summary class="button small" aria-label="${t('admin.people.new_link_for', { email })}">${t('admin.people.new_link')}</summary>
<form method="post" action="${PATH}/${id}/link">${formToken}<p>${t(linkUntil === undefined ? 'admin.people.reset_sure' : 'admin.people.new_link_sure')}</p><button class="small">${t('admin.people.new_link_yes')}</button></form></details>
<details class="confirm"><summary class="button small" aria-label="${t('admin.people.remove_one', { email })}">${t('admin.people.remove')}</summary>
<form method="post" action="${PATH}/${id}/remove">${formToken}<p>${t('admin.people.remove_sure', { email })}</p><button class="danger small">${t('admin.people.remove_yes')}</button></form></details></div>`
}`
}</li>`
}

function inviteForm(
  { t, formToken }: PageContext,
  workspaces: readonly Workspace[],
  values: FormValues,
  error: string | undefined,
  workspaceError: string | undefined,
): Html {
  return html`<section class="card narrow" aria-labelledby="invite-heading"><h2 id="invite-heading">${t('admin.people.invite')}</h2>
<form method="post" action="${PATH}" class="stack">${formToken}
<div class="pair">
${field({
  name: 'email',
  label: t('admin.login.email'),
  error,
  control: (attributes) =>
    html`<input type="email"${attributes} required maxlength="200" autocomplete="off" value="${values.email ?? ''}">`,
})}
${field({
  name: 'role',
  label: t('admin.people.role'),
  control: (attributes) =>
    select(
      attributes,
      values.role ?? 'operator',
      ADMIN_ROLES.map((value) => ({ value, label: t(`admin.role.${value}`) })),
    ),
})}
</div>
${
  workspaces.length > 0 &&
  html`<fieldset class="field"><legend class="label">${t('admin.people.workspaces')}</legend><p class="hint">${t('admin.people.workspaces_hint')}</p><div class="checks">${workspaces.map(
    ({ id, name }) =>
      html`<label><input type="checkbox" name="workspace-${id}" value="on"${values[`workspace-${id}`] === 'on' && html` checked`}> <span dir="auto">${name}</span></label>`,
  )}</div>${workspaceError !== undefined && html`<p class="field-error">${workspaceError}</p>`}</fieldset>`
}
<div class="actions"><button class="primary">${t('admin.people.invite_submit')}</button><span class="hint">${t('admin.people.invite_hint')}</span></div>
</form></section>`
}
