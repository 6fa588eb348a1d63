import type { AddressInfo } from 'node:net'
import type { Environment } from '../../config/schema.ts'
import type { Gateway } from '../core/gateway.ts'
import { say } from '../core/wording.ts'
import { createAdminStore } from '../db/admin-store.ts'
import { createApiTokenStore } from '../db/api-token-store.ts'
import { createAttemptCounter } from '../db/attempt-counter.ts'
import { createAuditLog } from '../db/audit-log.ts'
import { createBudgetStore } from '../db/budget-store.ts'
import { openConfinement } from '../db/confinement.ts'
import { createConversationRecords } from '../db/conversation-records.ts'
import { createDeadLetterStore } from '../db/dead-letters.ts'
import { createMessageRecords } from '../db/message-records.ts'
import { createPeopleStore } from '../db/people-store.ts'
import { createRunRecords } from '../db/run-records.ts'
import { createSecondFactorStore } from '../db/second-factor-store.ts'
import { createSessionStore } from '../db/session-store.ts'
import { createSettingsStore } from '../db/settings-store.ts'
import { createSignInStore } from '../db/sign-in-store.ts'
import { createUsageReports } from '../db/usage-reports.ts'
import { createWorkRecords } from '../db/work-records.ts'
import { createWorkspaceStore } from '../db/workspace-store.ts'
import type { Metrics } from '../metrics/index.ts'
import { asHubError } from '../model/errors.ts'
import type { Logger } from '../ports/logger.ts'
import type { SenderDirectory } from '../ports/sender-directory.ts'
import type { TicketQueue } from '../ports/ticket-queue.ts'
import { buildWeb, createSetupLink, ensureAdmin, type Readiness, type ReadinessPart } from '../web/index.ts'
import { reachable } from './reachable.ts'
import type { Storage } from './storage.ts'

export interface RunningWeb {
  /** Where people reach it. */
  readonly url: string
  /** The one-time link for the first admin, while there is none. */
  readonly setupUrl: string | undefined
  close(): Promise<void>
}

const PING_LIMIT_MS = 2_000

export async function startWeb(parts: {
  readonly environment: Environment
  readonly storage: Storage
  readonly queue: TicketQueue
  readonly gateway: Gateway | undefined
  readonly senders: SenderDirectory
  readonly identify: Parameters<typeof buildWeb>[0]['identify']
  readonly metrics: Metrics
  readonly log: Logger
}): Promise<RunningWeb> {
  const { environment, storage, gateway, log } = parts
  const { db } = storage.database
  const admins = createAdminStore(db)
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = environment
  if (email !== undefined && password !== undefined) await ensureAdmin(admins, email, password)

  const confinement = await openConfinement(storage.connectionString, storage.database, log)
  // Of these, workspace admins see what is theirs.
  const { db: shared } = confinement
  parts.metrics.watch({ ready: async () => (await readiness(parts)).ready })
  const app = await buildWeb({
    publicUrl: environment.PUBLIC_URL,
    ...(environment.TRUST_PROXY === undefined ? {} : { trustProxy: environment.TRUST_PROXY }),
    signingKey: storage.secrets.derive('admin sessions'),
    admins,
    people: createPeopleStore(db),
    sessions: createSessionStore(db),
    budgets: createBudgetStore(db),
    rehearsals: storage.rehearsals,
    currency: environment.CURRENCY,
    secondFactors: createSecondFactorStore(db, storage.secrets),
    apiTokens: createApiTokenStore(db),
    attempts: createAttemptCounter(db),
    confinement,
    signIns: createSignInStore(db),
    administers: async ({ connection, workspace, person }, signal) =>
      (await (
        await parts.senders.of(connection.id)
      ).administers?.(workspace.externalId, person.externalId, signal)) ?? false,
    settings: createSettingsStore(shared),
    workspaces: createWorkspaceStore(shared),
    messages: createMessageRecords(shared),
    conversations: createConversationRecords(shared),
    usage: createUsageReports(shared),
    runs: createRunRecords(shared),
    work: createWorkRecords(shared),
    deadLetters: createDeadLetterStore(db),
    wake: (step) => parts.queue.wake(step),
    audit: createAuditLog(shared),
    registry: storage.models,
    connections: storage.connections,
    identify: parts.identify,
    signals: storage.signals,
    say,
    log,
    readiness: () => readiness(parts),
    metrics: () => parts.metrics.text(),
    receiversHttp: async (path, request) =>
      await gateway?.http(
        path.kind === 'slack' ? { platform: 'slack' } : { platform: 'telegram', slug: path.slug },
        request,
      ),
  })
  await app.listen({ port: environment.PORT, host: environment.HOST })
  const { port } = app.server.address() as AddressInfo
  const url = environment.PUBLIC_URL ?? `http://${reachable(environment.HOST)}:${port}`
  const token = (await admins.any()) ? undefined : await createSetupLink(admins)
  return {
    url,
    setupUrl: token === undefined ? undefined : `${url}/admin/setup?token=${token}`,
    close: async () => {
      await app.close()
      await confinement.close()
    },
  }
}

/** Ready: database and queue are up and connections were attempted. What else is down is only listed. */
async function readiness(parts: {
  readonly storage: Storage
  readonly queue: TicketQueue
  readonly gateway: Gateway | undefined
}): Promise<Readiness> {
  const { storage, queue, gateway } = parts
  const [database, tickets] = await Promise.all([
    attempt('database', () => storage.database.ping(PING_LIMIT_MS)),
    attempt('queue', () => queue.ping(PING_LIMIT_MS)),
  ])
  const connections: ReadinessPart = {
    kind: 'connections',
    name: 'connections',
    up: gateway?.attempted ?? true,
  }
  const needed = [database, tickets, connections]
  const others = database.up ? await platformsAndServers(storage) : []
  return { ready: needed.every(({ up }) => up), parts: [...needed, ...others] }
}

async function attempt(kind: 'database' | 'queue', ping: () => Promise<void>): Promise<ReadinessPart> {
  try {
    await ping()
    return { kind, name: kind, up: true }
  } catch (error) {
    return { kind, name: kind, up: false, detail: asHubError(error).message }
  }
}

async function platformsAndServers({ connections, models }: Storage): Promise<ReadinessPart[]> {
  const platforms = (await connections.list()).map(({ slug, state, stateDetail }): ReadinessPart => {
    const up = state === 'connected' || state === 'paused'
    return {
      kind: 'connection',
      name: slug,
      up,
      ...(stateDetail === undefined ? {} : { detail: stateDetail }),
    }
  })
  const servers = (await models.list()).map(({ name, state, stateDetail }): ReadinessPart => {
    return {
      kind: 'model-server',
      name,
      up: state !== 'down',
      ...(stateDetail === undefined ? {} : { detail: stateDetail }),
    }
  })
  return [...platforms, ...servers]
}
