import type { WebSocket } from 'ws'
import { isJsonObject, type JsonObject } from './json.ts'

const opcode = {
  heartbeat: 1,
  identify: 2,
  presence: 3,
  voiceState: 4,
  resume: 6,
  requestMembers: 8,
  hello: 10,
  heartbeatAck: 11,
  soundboard: 31,
} as const

export const closeCode = {
  unknownError: 4000,
  unknownOpcode: 4001,
  decodeError: 4002,
  notAuthenticated: 4003,
  authenticationFailed: 4004,
  alreadyAuthenticated: 4005,
  invalidSequence: 4007,
  rateLimited: 4008,
  sessionTimedOut: 4009,
  invalidShard: 4010,
  shardingRequired: 4011,
  invalidVersion: 4012,
  invalidIntents: 4013,
  disallowedIntents: 4014,
} as const

const sendsPerMinute = 120
const payloadLimit = 4096

/** Speaks the gateway's opening and keep-alive on one socket; who is let in is decided by its caller. */
export function converse(
  socket: WebSocket,
  options: {
    readonly heartbeatIntervalMs: number
    readonly now: () => number
    /** Whether the socket carries a session; one invalidated on it may be resumed on it. */
    readonly isAuthenticated: () => boolean
    readonly identify: (data: JsonObject) => void
    readonly resume: (data: JsonObject) => void
  },
): void {
  let sendWindow = { startedAt: 0, count: 0 }
  const timeUp = (): void => socket.close(closeCode.sessionTimedOut, 'Session timed out.')
  const patienceMs = options.heartbeatIntervalMs * 1.5
  let deadline = setTimeout(timeUp, patienceMs)

  const isFlooding = (): boolean => {
    const now = options.now()
    if (now - sendWindow.startedAt >= 60_000) sendWindow = { startedAt: now, count: 0 }
    sendWindow.count += 1
    return sendWindow.count > sendsPerMinute
  }

  const receive = (text: string) => {
    if (isFlooding()) return socket.close(closeCode.rateLimited, 'You are being rate limited.')
    const payload = text.length > payloadLimit ? undefined : parsePayload(text)
    if (!payload) return socket.close(closeCode.decodeError, 'Error while decoding payload.')
    const { op, d } = payload
    if (op === opcode.heartbeat) {
      clearTimeout(deadline)
      deadline = setTimeout(timeUp, patienceMs)
      return socket.send(JSON.stringify({ op: opcode.heartbeatAck }))
    }
    if (op === opcode.identify || op === opcode.resume) {
      if (options.isAuthenticated())
        return socket.close(closeCode.alreadyAuthenticated, 'Already authenticated.')
      if (!isJsonObject(d)) return socket.close(closeCode.decodeError, 'Error while decoding payload.')
      return op === opcode.identify ? options.identify(d) : options.resume(d)
    }
    const isOther =
      op === opcode.presence ||
      op === opcode.voiceState ||
      op === opcode.requestMembers ||
      op === opcode.soundboard
    if (!isOther) return socket.close(closeCode.unknownOpcode, 'Unknown opcode.')
    if (!options.isAuthenticated()) socket.close(closeCode.notAuthenticated, 'Not authenticated.')
  }

  socket.on('message', (data) => receive(data.toString()))
  socket.on('close', () => clearTimeout(deadline))
  // A socket that breaks is closed by ws itself; what is lost with it, the session's replay keeps.
  socket.on('error', () => socket.terminate())
  socket.send(
    JSON.stringify({
      op: opcode.hello,
      s: null,
      t: null,
      d: { heartbeat_interval: options.heartbeatIntervalMs, _trace: ['emulator'] },
    }),
  )
}

function parsePayload(text: string): { op: number; d: unknown } | undefined {
  try {
    const payload: unknown = JSON.parse(text)
    if (!isJsonObject(payload) || typeof payload.op !== 'number') return undefined
    return { op: payload.op, d: payload.d }
  } catch {
    return undefined
  }
}
