import type { FaultPlan, WireRequest } from '../faults.ts'
import { startWireServer } from '../wire-server.ts'
import { accountRoutes } from './account-routes.ts'
import { historyRoutes } from './history-routes.ts'
import { addUser, closeHomeserver, emptyHomeserver, openSession } from './homeserver.ts'
import { mediaRoutes } from './media-routes.ts'
import { type Observations, observations } from './observations.ts'
import { messageRateLimit } from './rate-limit.ts'
import { type RoomKeeping, roomKeeping } from './room-keeping.ts'
import { roomRoutes } from './room-routes.ts'
import { answerRequest } from './router.ts'
import { sendRoutes } from './send-routes.ts'
import { syncRoutes } from './sync-routes.ts'
import { type Utterances, utterances } from './utterances.ts'

export interface MatrixEmulatorOptions {
  readonly port?: number
  /** Default `sim.local`. */
  readonly serverName?: string
  /** Default `brainall`. */
  readonly botLocalpart?: string
  readonly botDisplayName?: string
  readonly botPassword?: string
  /** Synapse's default `rc_message`: 0.2 a second, burst 10. Default off. */
  readonly rateLimits?: boolean
}

export interface MatrixEmulator extends RoomKeeping, Utterances, Observations {
  /** The homeserver's address, no trailing slash. */
  readonly url: string
  readonly serverName: string
  readonly botUserId: string
  readonly botPassword: string
  readonly accessToken: string
  readonly faults: FaultPlan
  /** Called with every whole request before faults apply. Returns a function that unsubscribes. */
  onRequest(listener: (request: WireRequest) => void): () => void
  close(): Promise<void>
}

/** A Matrix homeserver on loopback with one bot account, and the people who talk to it. */
export async function startMatrixEmulator(options: MatrixEmulatorOptions = {}): Promise<MatrixEmulator> {
  const serverName = options.serverName ?? 'sim.local'
  const localpart = options.botLocalpart ?? 'brainall'
  const botUserId = `@${localpart}:${serverName}`
  const botPassword = options.botPassword ?? 'bot-password'
  const server = emptyHomeserver(serverName)
  addUser(server, {
    userId: botUserId,
    password: botPassword,
    displayName: options.botDisplayName ?? 'BrainAll',
  })
  const { accessToken } = openSession(server, botUserId)
  const stopping = new AbortController()
  const takeFromBudget = options.rateLimits ? messageRateLimit() : () => undefined
  const routes = [
    ...accountRoutes(server),
    ...syncRoutes(server),
    ...roomRoutes(server),
    ...sendRoutes(server, takeFromBudget),
    ...historyRoutes(server),
    ...mediaRoutes(server),
  ]
  const wire = await startWireServer({
    ...(options.port === undefined ? {} : { port: options.port }),
    async handle(request, { response }) {
      const gone = new AbortController()
      const leave = () => gone.abort()
      response.once('close', leave)
      stopping.signal.addEventListener('abort', leave)
      try {
        return await answerRequest(server, routes, request, gone.signal)
      } finally {
        response.off('close', leave)
        stopping.signal.removeEventListener('abort', leave)
      }
    },
  })
  return {
    ...roomKeeping(server, botUserId),
    ...utterances(server),
    ...observations(server, stopping.signal),
    url: wire.url,
    serverName,
    botUserId,
    botPassword,
    accessToken,
    faults: wire.faults,
    onRequest: wire.onRequest,
    async close() {
      stopping.abort(new Error('the Matrix emulator was closed'))
      closeHomeserver(server)
      await wire.close()
    },
  }
}
