import { say } from '../../src/core/wording.ts'
import { createAdminStore } from '../../src/db/admin-store.ts'
import { createApiTokenStore } from '../../src/db/api-token-store.ts'
import { createAttemptCounter } from '../../src/db/attempt-counter.ts'
import { createAuditLog } from '../../src/db/audit-log.ts'
import { createBudgetStore } from '../../src/db/budget-store.ts'
import { openConfinement } from '../../src/db/confinement.ts'
import { createConnectionStore } from '../../src/db/connection-store.ts'
import { createConversationRecords } from '../../src/db/conversation-records.ts'
import { migrateDatabase, type OpenDatabase, openDatabase } from '../../src/db/database.ts'
import { createDeadLetterStore } from '../../src/db/dead-letters.ts'
import { createMessageRecords } from '../../src/db/message-records.ts'
import { createModelStore } from '../../src/db/model-store.ts'
import { createPeopleStore } from '../../src/db/people-store.ts'
import { createRehearsalStore } from '../../src/db/rehearsal-store.ts'
import { createRunRecords } from '../../src/db/run-records.ts'
import { createSecondFactorStore } from '../../src/db/second-factor-store.ts'
import { createSecretBox } from '../../src/db/secrets.ts'
import { createSessionStore } from '../../src/db/session-store.ts'
import { createSettingsStore } from '../../src/db/settings-store.ts'
import { createSignInStore, makeSignInLink } from '../../src/db/sign-in-store.ts'
import { openSignals } from '../../src/db/signals.ts'
import { createUsageReports } from '../../src/db/usage-reports.ts'
import { createWorkRecords } from '../../src/db/work-records.ts'
import { createWorkspaceStore } from '../../src/db/workspace-store.ts'
import { HubError } from '../../src/model/errors.ts'
import { externalId, type WorkspaceId } from '../../src/model/ids.ts'
import type { AdminRole } from '../../src/ports/admin-store.ts'
import type { ReplyModel } from '../../src/ports/reply-model.ts'
import { buildWeb, ensureAdmin, type WebParts } from '../../src/web/index.ts'
import { createRecordingLogger } from '../support/recording-logger.ts'
import type { TestDatabase } from '../support/test-databases.ts'

export const SECRETS = {
  password: 'canary password of the owner',
  apiKey: 'sk-canary-of-a-model-server',
  token: '4711:canary-of-a-platform-token',
  signing: 'canary-secret-key-of-the-whole-hub-0123',
}
export const OWNER = { email: 'owner@example.org', password: SECRETS.password }
const VIEWER = { email: 'viewer@example.org', password: 'a viewer may only look' }

/** Servers by the host of their address; the others refuse. */
const LISTED: Readonly<Record<string, readonly string[]>> = {
  'gpu-1': ['llama-70b', 'qwen-32b'],
  'gpu-2': ['qwen-32b'],
}
const list: ReplyModel['list'] = async ({ baseUrl }) => {
  const names = LISTED[new URL(baseUrl).hostname]
  if (names === undefined) throw new HubError('model_unreachable', 'the server refuses the connection')
  return names.map((name) => ({ name, contextLength: 8192 }))
}

export type TestWeb = Awaited<ReturnType<typeof startWebOn>>

/** The web room on a fresh database, with an owner and a viewer unless told otherwise. Closes the database, too. */
export async function startWebOn(
  database: TestDatabase,
  change: Partial<WebParts> = {},
  { admins: withAdmins = true }: { readonly admins?: boolean } = {},
) {
  const log = createRecordingLogger()
  const open = openDatabase(database.connectionString, log, 8)
  await migrateDatabase(open.pool)
  const signals = await openSignals(database.connectionString, open.pool, log)
  const confinement = await openConfinement(database.connectionString, open, log)
  const { db: shared } = confinement
  const secrets = createSecretBox(SECRETS.signing)
  const admins = createAdminStore(open.db)
  const models = createModelStore(open.db, secrets, list)
  const connections = createConnectionStore(open.db, secrets)
  let administers: WebParts['administers'] = async () => false
  const parts: WebParts = {
    publicUrl: undefined,
    signingKey: secrets.derive('admin sessions'),
    admins,
    people: createPeopleStore(open.db),
    sessions: createSessionStore(open.db),
    budgets: createBudgetStore(open.db),
    rehearsals: createRehearsalStore(open.db),
    currency: 'EUR',
    secondFactors: createSecondFactorStore(open.db, secrets),
    apiTokens: createApiTokenStore(open.db),
    attempts: createAttemptCounter(open.db),
    confinement,
    signIns: createSignInStore(open.db),
    identify: async () => '@account',
    administers: (claim, signal) => administers(claim, signal),
    settings: createSettingsStore(shared),
    workspaces: createWorkspaceStore(shared),
    messages: createMessageRecords(shared),
    conversations: createConversationRecords(shared),
    usage: createUsageReports(shared),
    runs: createRunRecords(shared),
    work: createWorkRecords(shared),
    deadLetters: createDeadLetterStore(open.db),
    wake: async () => undefined,
    audit: createAuditLog(shared),
    registry: models,
    connections,
    signals,
    say,
    log,
    readiness: async () => ({ ready: true, parts: [{ kind: 'database', name: 'database', up: true }] }),
    receiversHttp: async () => undefined,
    ...change,
  }
  if (withAdmins) {
    await ensureAdmin(admins, OWNER.email, OWNER.password)
    await addAdmin(parts, open, VIEWER, 'viewer')
  }
  const app = await buildWeb(parts)

  const token = async (who: { readonly email: string; readonly password: string }) => {
    const answer = await app.inject({ method: 'POST', url: '/api/v1/login', payload: who })
    return answer.json<{ token: string }>().token
  }

  return {
    app,
    parts,
    log,
    db: open,
    database,
    /** Who the platforms say administers a place. */
    administers(answer: WebParts['administers']) {
      administers = answer
    },
    signInLink: (place: Parameters<typeof makeSignInLink>[1]) =>
      open.db.transaction((tx) => makeSignInLink(tx, place, 'http://localhost', 600_000)),
    models,
    connections,
    token,
    owner: () => token(OWNER),
    viewer: () => token(VIEWER),
    addWorkspace: (name: string) => addWorkspace(parts, connections, name),
    async close() {
      await app.close()
      await signals.close()
      await confinement.close()
      await open.close()
      await database.close()
    },
  }
}

async function addAdmin(
  { admins }: WebParts,
  { pool }: OpenDatabase,
  { email, password }: { readonly email: string; readonly password: string },
  role: AdminRole,
): Promise<void> {
  await ensureAdmin(admins, email, password)
  await pool.query('update admins set role = $1 where email = $2', [role, email])
}

async function addWorkspace(
  { workspaces }: WebParts,
  connections: ReturnType<typeof createConnectionStore>,
  name: string,
): Promise<WorkspaceId> {
  await connections.reconcile('environment', [
    { platform: 'telegram', slug: 'telegram', name: 'Team bot', credentials: { token: SECRETS.token } },
  ])
  const [connection] = await connections.list()
  if (connection === undefined) throw new Error('the connection was not made')
  return workspaces.upsertWorkspace({ connectionId: connection.id, externalId: externalId(name), name })
}

export function bearer(token: string) {
  return { authorization: `Bearer ${token}` }
}
