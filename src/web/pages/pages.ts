import formbody from '@fastify/formbody'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Gate } from '../actions/gate.ts'
import type { WebParts } from '../parts.ts'
import type { SessionCookie } from '../plugins/session-cookie.ts'
import type { App } from '../request.ts'
import { addAccountPage } from './account-page.ts'
import { addAssets } from './assets.ts'
import { addAuditPage } from './audit-page.ts'
import { addBudgetsPage } from './budgets-page.ts'
import { addConnectionsPage } from './connections-page.ts'
import { addConversationPages } from './conversation-pages.ts'
import { addJoinPage } from './join-page.ts'
import { addLogInPage } from './log-in-page.ts'
import { addMessagePages } from './message-pages.ts'
import { addModelsPage } from './models-page.ts'
import { addNewConnectionPage } from './new-connection-page.ts'
import { addOverviewPage } from './overview-page.ts'
import { addPeoplePage } from './people-page.ts'
import { addQueuePage } from './queue-page.ts'
import { addRehearsalPages } from './rehearsal-pages.ts'
import { addRunPages } from './run-pages.ts'
import { addServerPage } from './server-page.ts'
import { addSetUpPage } from './set-up-page.ts'
import { addSettingsPages } from './settings-pages.ts'
import { addSignInPage } from './sign-in-page.ts'
import { addUsagePage } from './usage-page.ts'
import { addWorkspacesPage } from './workspaces-page.ts'

/** A system prompt in a script of three bytes a letter, each written as `%xx`. */
const LARGEST_FORM = 256 * 1024

/** The admin for people. Its forms do what the API does, by the same functions. */
export async function addPages(app: App, parts: WebParts, gate: Gate, cookie: SessionCookie): Promise<void> {
  app.get('/', { config: { access: 'public' } }, async (_request, reply) => reply.redirect('/admin', 303))
  await addAssets(app)
  const plugin: FastifyPluginAsyncZod = async (pages) => {
    pages.removeAllContentTypeParsers()
    await pages.register(formbody, { bodyLimit: LARGEST_FORM })
    addLogInPage(pages, parts, gate, cookie)
    addSetUpPage(pages, parts, gate, cookie)
    addJoinPage(pages, parts, gate, cookie)
    addSignInPage(pages, parts, gate, cookie)
    addOverviewPage(pages, parts, gate)
    addConversationPages(pages, parts, gate)
    addRunPages(pages, parts, gate)
    addUsagePage(pages, parts, gate)
    addBudgetsPage(pages, parts, gate)
    addQueuePage(pages, parts, gate)
    addConnectionsPage(pages, parts, gate)
    addNewConnectionPage(pages, parts, gate)
    addWorkspacesPage(pages, parts, gate)
    addSettingsPages(pages, parts, gate)
    addMessagePages(pages, parts, gate)
    addModelsPage(pages, parts, gate)
    addServerPage(pages, parts, gate)
    addRehearsalPages(pages, parts, gate)
    addPeoplePage(pages, parts, gate)
    addAuditPage(pages, parts, gate)
    addAccountPage(pages, parts, gate, cookie)
  }
  await app.register(plugin)
}
