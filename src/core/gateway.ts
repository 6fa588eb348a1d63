import { asHubError } from '../model/errors.ts'
import type { ConnectionId } from '../model/ids.ts'
import type { Connection, ConnectionStore } from '../ports/connection-store.ts'
import type { Logger } from '../ports/logger.ts'
import type { PlatformAdapter } from '../ports/platform-adapter.ts'
import type {
  ConnectionState,
  HttpAnswer,
  HttpRequest,
  Ingest,
  Receiver,
  ReceiverContext,
} from '../ports/receiver.ts'
import type { Signals } from '../ports/signals.ts'

export interface GatewayParts {
  readonly store: ConnectionStore
  readonly adapters: ReadonlyMap<string, PlatformAdapter>
  readonly ingest: Ingest
  readonly say: ReceiverContext['say']
  readonly signals: Signals
  readonly publicUrl: string | undefined
  readonly owner: string
  /** Sockets and polls are received by one process each, with the gateway role; HTTP by every web. */
  readonly roles: { readonly gateway: boolean; readonly web: boolean }
  readonly log: Logger
}

export interface Gateway {
  /** Every connection was looked at once. */
  readonly attempted: boolean
  /** undefined: no connection of that name takes HTTP here. */
  http(
    match: { readonly platform: string; readonly slug?: string },
    request: HttpRequest,
  ): Promise<HttpAnswer | undefined>
  close(): Promise<void>
}

/** A gateway that is killed holds its connections for as long as a lease; with a look and a connect, under 10 s. */
const LOOK_MS = 1_000
const LEASE_MS = 6_000
const STOP_LIMIT_MS = 6_000
const BACKOFF_MS = { down: [1_000, 30_000], rejected: [30_000, 600_000] } as const
const REJECTED: ReadonlySet<string> = new Set([
  'platform_unauthorized',
  'credentials_malformed',
  'secret_unreadable',
  'public_url_missing',
])

interface Running {
  readonly version: number
  readonly platform: string
  readonly slug: string
  readonly receiver: Receiver
  readonly stop: AbortController
  readonly done: Promise<void>
}

/** Keeps a receiver running for each connection in the table, and follows the table as it changes. */
export function createGateway(parts: GatewayParts): Gateway {
  const { store, adapters, log } = parts
  const running = new Map<ConnectionId, Running>()
  const failures = new Map<ConnectionId, { count: number; retryAt: number; version: number }>()
  let attempted = false
  let closing = false
  let looking: Promise<void> | undefined

  const start = async (connection: Connection, adapter: PlatformAdapter): Promise<void> => {
    const { id, slug, platform, version } = connection
    const stop = new AbortController()
    let kept = Promise.resolve()
    /** Of the lease, once there is one: what a gateway says or keeps after it lost it counts for nothing. */
    let holder: string | undefined
    const report = (state: ConnectionState): void => {
      if (state.kind === 'connected') failures.delete(id)
      log.info({ connection: slug, state: state.kind }, 'a connection changed its state')
      kept = kept
        .then(() => store.report(id, state, holder))
        .catch((error: unknown) => log.warn({ err: error }, 'a connection state could not be kept'))
    }
    const fail = (error: unknown): void => {
      const failure = asHubError(error)
      const kind = REJECTED.has(failure.code) ? 'rejected' : 'down'
      const count = (failures.get(id)?.count ?? 0) + 1
      const [least, most] = BACKOFF_MS[kind]
      failures.set(id, {
        count,
        version,
        retryAt: performance.now() + Math.min(most, least * 2 ** (count - 1)),
      })
      log.warn({ connection: slug, code: failure.code, err: failure }, 'a connection is not working')
      report({ kind, detail: failure.message })
    }
    try {
      const receiver = adapter.createReceiver(
        {
          connectionId: id,
          slug,
          publicUrl: parts.publicUrl,
          ingest: parts.ingest,
          cursor: {
            read: () => store.readCursor(id),
            write: (value) => store.writeCursor(id, value, holder),
          },
          report,
          say: parts.say,
          log: log.child({ connection: slug }),
        },
        await store.credentials(id),
      )
      const wanted = receiver.http ? parts.roles.web : parts.roles.gateway
      if (!wanted || (!receiver.http && !(await store.acquire(id, parts.owner, LEASE_MS)))) return
      holder = receiver.http ? undefined : parts.owner
      report({ kind: 'connecting' })
      const done = receiver
        .run(stop.signal)
        .then(() => {
          if (!stop.signal.aborted) throw new Error('the connection ended by itself')
        })
        .catch(fail)
        .finally(() => {
          if (running.get(id)?.stop === stop) running.delete(id)
        })
      running.set(id, { version, platform, slug, receiver, stop, done })
    } catch (error) {
      fail(error)
    }
  }

  const end = async (id: ConnectionId, { stop, done }: Running): Promise<void> => {
    stop.abort()
    await Promise.race([done, new Promise((resolve) => setTimeout(resolve, STOP_LIMIT_MS).unref())])
    running.delete(id)
    await store.letGo(id, parts.owner)
  }

  const look = async (): Promise<void> => {
    const wanted = (await store.list()).filter(({ paused }) => !paused)
    // Side by side: one that takes long to stop must not cost the others their leases.
    await Promise.all(
      [...running].map(async ([id, one]) => {
        const kept = wanted.some((connection) => connection.id === id && connection.version === one.version)
        if (kept && (one.receiver.http || (await store.acquire(id, parts.owner, LEASE_MS)))) return
        if (kept) log.warn({ connection: one.slug }, 'another gateway has taken this connection over')
        await end(id, one)
      }),
    )
    await Promise.all(
      wanted.map(async (connection) => {
        const failed = failures.get(connection.id)
        if (failed && failed.version === connection.version && failed.retryAt > performance.now()) return
        const adapter = adapters.get(connection.platform)
        if (adapter && !running.has(connection.id) && !closing) await start(connection, adapter)
      }),
    )
    attempted = true
  }

  const tick = (): void => {
    looking ??= look()
      .catch((error: unknown) => log.warn({ err: error }, 'the connections could not be looked at'))
      .finally(() => {
        looking = undefined
      })
  }

  const timer = setInterval(tick, LOOK_MS)
  const unsubscribe = parts.signals.subscribe('connections', tick)
  tick()

  return {
    get attempted() {
      return attempted
    },
    async http({ platform, slug }, request) {
      const found = [...running.values()].find(
        (one) => one.platform === platform && (slug === undefined || one.slug === slug) && one.receiver.http,
      )
      return await found?.receiver.http?.(request)
    },
    async close() {
      closing = true
      clearInterval(timer)
      unsubscribe()
      await looking
      await Promise.all([...running].map(([id, one]) => end(id, one)))
    },
  }
}
