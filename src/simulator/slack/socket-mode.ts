import { randomBytes, randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { SendOutcome, Transport } from './delivery.ts'
import type { Wire } from './model.ts'

export interface SocketMode extends Transport {
  /** Path and query for `apps.connections.open`; works once. */
  issueTicket(): string
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Sockets that have had their hello and take events. */
  readonly open: number
  /** Announces the end of every socket; one that is still there after `graceMs` is closed. */
  disconnect(reason: 'warning' | 'refresh_requested' | 'link_disabled', graceMs?: number): void
  /** Breaks every connection without a closing handshake. */
  cut(): void
  close(): Promise<void>
}

const MAX_SOCKETS = 10
const CLOSE_GRACE_MS = 250

interface Client {
  readonly socket: WebSocket
  ready: boolean
}

/** Slack's side of Socket Mode: tickets, hello, envelopes, acknowledgements, pings. */
export function createSocketMode(options: {
  appId: string
  /** How long an envelope may go unacknowledged. */
  ackTimeoutMs: number
  pingIntervalMs: number
  onChange: () => void
}): SocketMode {
  const server = new WebSocketServer({ noServer: true })
  const tickets = new Set<string>()
  const clients: Client[] = []
  const waiting = new Map<string, { client: Client; settle: (outcome: SendOutcome) => void }>()
  const timers = new Set<NodeJS.Timeout>()
  let turn = 0

  const pings = setInterval(() => {
    for (const { socket } of clients) socket.ping('Ping from emulated Slack')
  }, options.pingIntervalMs)
  pings.unref()

  const remove = (client: Client): void => {
    const index = clients.indexOf(client)
    if (index >= 0) clients.splice(index, 1)
    for (const entry of waiting.values()) {
      if (entry.client === client) entry.settle({ ok: false, reason: 'timeout' })
    }
    options.onChange()
  }

  const acknowledge = (raw: string): void => {
    const message = parseObject(raw)
    if (typeof message?.envelope_id !== 'string') return
    waiting.get(message.envelope_id)?.settle({ ok: true, response: message.payload })
  }

  const accept = (socket: WebSocket): void => {
    const client: Client = { socket, ready: false }
    clients.push(client)
    socket.on('message', (data) => acknowledge(String(data)))
    socket.on('close', () => remove(client))
    socket.on('error', () => socket.terminate())
    const hello = {
      type: 'hello',
      num_connections: clients.length,
      debug_info: { host: 'emulated', build_number: 1, approximate_connection_time: 18060 },
      connection_info: { app_id: options.appId },
    }
    socket.send(JSON.stringify(hello), () => {
      client.ready = true
      options.onChange()
    })
  }

  return {
    get open() {
      return clients.filter(({ ready }) => ready).length
    },
    issueTicket() {
      const ticket = randomBytes(16).toString('hex')
      tickets.add(ticket)
      if (tickets.size > 1000) tickets.delete([...tickets][0] ?? '')
      return `/link/?ticket=${ticket}&app_id=${options.appId}`
    },
    upgrade(request, socket, head) {
      const url = new URL(request.url ?? '/', 'http://emulated')
      const valid = url.pathname === '/link/' && tickets.delete(url.searchParams.get('ticket') ?? '')
      if (!valid || clients.length >= MAX_SOCKETS) {
        socket.end(
          `HTTP/1.1 ${valid ? '429 Too Many Requests' : '401 Unauthorized'}\r\nConnection: close\r\n\r\n`,
        )
        return
      }
      server.handleUpgrade(request, socket, head, accept)
    },
    send(delivery, retry, signal) {
      const ready = clients.filter(
        (client) => client.ready && client.socket.readyState === client.socket.OPEN,
      )
      turn += 1
      const client = ready[turn % Math.max(1, ready.length)]
      if (!client) return Promise.resolve({ ok: false, reason: 'connection_failed' })
      const envelopeId = randomUUID()
      return new Promise<SendOutcome>((resolve) => {
        const settle = (outcome: SendOutcome): void => {
          clearTimeout(timer)
          signal.removeEventListener('abort', abort)
          waiting.delete(envelopeId)
          resolve(outcome)
        }
        const abort = (): void => settle({ ok: false, reason: 'connection_failed' })
        const timer = setTimeout(() => settle({ ok: false, reason: 'timeout' }), options.ackTimeoutMs)
        signal.addEventListener('abort', abort)
        waiting.set(envelopeId, { client, settle })
        const retried =
          delivery.kind === 'events_api' ? { retry_attempt: retry.attempt, retry_reason: retry.reason } : {}
        client.socket.send(
          JSON.stringify({
            envelope_id: envelopeId,
            type: delivery.kind,
            payload: delivery.payload,
            accepts_response_payload: delivery.kind !== 'events_api',
            ...retried,
          }),
          (error) => {
            if (error) settle({ ok: false, reason: 'connection_failed' })
          },
        )
      })
    },
    disconnect(reason, graceMs = 10_000) {
      for (const client of clients) {
        client.ready = false
        client.socket.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'emulated' } }))
        const timer = setTimeout(() => {
          timers.delete(timer)
          client.socket.close(1000)
        }, graceMs)
        timer.unref()
        timers.add(timer)
      }
      options.onChange()
    },
    cut() {
      for (const { socket } of [...clients]) socket.terminate()
    },
    async close() {
      clearInterval(pings)
      for (const timer of timers) clearTimeout(timer)
      await Promise.all([...clients].map(({ socket }) => hangUp(socket)))
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

function hangUp(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.terminate(), CLOSE_GRACE_MS)
    socket.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
    socket.close(1001)
  })
}

function parseObject(raw: string): Wire | undefined {
  try {
    const value: unknown = JSON.parse(raw)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}
