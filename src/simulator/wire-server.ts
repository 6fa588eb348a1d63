import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { FaultPlan, type WireRequest } from './faults.ts'

export interface WireAnswer {
  readonly status: number
  readonly headers?: Record<string, string>
  /** A Buffer or string goes out as it is; anything else as JSON; absent sends no body. */
  readonly body?: unknown
}

export interface WireServerOptions {
  readonly port?: number
  /** Bytes; a larger body is answered 413. Default 64 MiB. */
  readonly bodyLimit?: number
  /**
   * Answers one request. Return 'handled' after writing to `response` yourself (streams, long polls).
   * A thrown error becomes a 500 whose body is the message, so that a test sees what broke.
   */
  readonly handle: (
    request: WireRequest,
    exchange: { request: IncomingMessage; response: ServerResponse },
  ) => Promise<WireAnswer | 'handled'> | WireAnswer | 'handled'
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
}

export interface WireServer {
  /** `http://127.0.0.1:<port>`, no trailing slash. */
  readonly url: string
  readonly port: number
  readonly faults: FaultPlan
  /** Called with every whole request before faults apply. Returns a function that unsubscribes. */
  onRequest(listener: (request: WireRequest) => void): () => void
  /** Ends open connections too. */
  close(): Promise<void>
}

/** The HTTP floor every emulator stands on: loopback only, whole bodies, faults, observers. */
export async function startWireServer(options: WireServerOptions): Promise<WireServer> {
  const faults = new FaultPlan()
  const listeners = new Set<(request: WireRequest) => void>()
  const stopping = new AbortController()
  const bodyLimit = options.bodyLimit ?? 64 * 1024 * 1024
  const sockets = new Set<Duplex>()

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(incoming, bodyLimit)
    if (!body) return send(response, { status: 413, body: 'body too large' })
    const request: WireRequest = {
      method: incoming.method ?? 'GET',
      path: incoming.url ?? '/',
      headers: flatHeaders(incoming),
      body,
    }
    for (const listener of listeners) listener(request)
    const effect = faults.take(request)
    if (effect?.kind === 'cut') return void incoming.socket.destroy()
    if (effect?.kind === 'answer') return send(response, effect)
    if (effect?.kind === 'delay') await delay(effect.ms, undefined, { signal: stopping.signal })
    const answer = await options.handle(request, { request: incoming, response })
    if (effect?.kind === 'lose-answer') return void incoming.socket.destroy()
    if (answer !== 'handled') send(response, answer)
  }

  const server: Server = createServer((incoming, response) => {
    serve(incoming, response).catch((error: unknown) => {
      if (response.headersSent || response.destroyed) response.destroy()
      else send(response, { status: 500, body: error instanceof Error ? error.message : String(error) })
    })
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  if (options.upgrade) server.on('upgrade', options.upgrade)

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    faults,
    onRequest(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      stopping.abort()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

function send(response: ServerResponse, answer: WireAnswer): void {
  if (response.destroyed) return
  const { body } = answer
  if (body === undefined) {
    response.writeHead(answer.status, answer.headers).end()
    return
  }
  const raw = typeof body === 'string' || Buffer.isBuffer(body)
  const payload = raw ? body : JSON.stringify(body)
  const type = raw ? 'text/plain; charset=utf-8' : 'application/json'
  response
    .writeHead(answer.status, {
      'content-type': type,
      'content-length': String(Buffer.byteLength(payload)),
      ...answer.headers,
    })
    .end(payload)
}

function flatHeaders(incoming: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  )
}

async function readBody(incoming: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
