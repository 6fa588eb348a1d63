import { readdir, readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { extname } from 'node:path'
import { z } from 'zod'
import { actionSchema, isPaneAction } from './action.ts'
import type { Broadcast } from './broadcast.ts'
import { callerFault } from './caller.ts'
import type { Pane, PaneFile } from './pane.ts'
import { FAULT_KINDS, type FaultKind, type FaultTarget } from './sight.ts'

const BODY_LIMIT_BYTES = 24 * 1024 * 1024
const STATIC = new URL('./static/', import.meta.url)
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.ogg': 'audio/ogg',
}
/** Shown in the page; everything else is only ever downloaded. */
const SHOWABLE = /^(image\/(png|jpeg|gif|webp)|audio\/[\w.+-]+)$/

const HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'permissions-policy': 'microphone=(self), camera=(), geolocation=()',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self' blob:; " +
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
}

export interface PageServerOptions {
  readonly host: string
  readonly port: number
  readonly panes: readonly Pane[]
  readonly broadcast: Broadcast
  readonly setFault: (target: FaultTarget, kind: FaultKind | undefined) => void
  readonly clearFaults: () => void
}

export interface PageServer {
  readonly url: string
  close(): Promise<void>
}

class Refusal extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Serves the page, its events and its actions. Rejects where the address is taken. */
export async function startPageServer(options: PageServerOptions): Promise<PageServer> {
  const assets = await listAssets()
  const sockets = new Set<Socket>()

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const method = request.method ?? 'GET'
    const fault = callerFault(request.headers, method, options.host)
    if (fault !== undefined) throw new Refusal(403, fault)
    const { pathname } = new URL(request.url ?? '/', 'http://page')
    if (method === 'POST' && pathname === '/act') {
      const said = await act(await readJson(request))
      return sendJson(response, 200, { ...(said === undefined ? {} : { notice: said }) })
    }
    if (method !== 'GET' && method !== 'HEAD') throw new Refusal(405, 'this address takes no such request')
    if (pathname === '/events') {
      if (options.broadcast.watch(response)) return
      throw new Refusal(503, 'too many pages are open')
    }
    if (pathname === '/state') return sendJson(response, 200, options.broadcast.whole())
    const [, folder, platform, ...rest] = pathname.split('/')
    if (folder === 'files')
      return sendFile(response, fileOf(platform ?? '', decodeURIComponent(rest.join('/'))))
    const asset = assets.get(pathname)
    if (asset === undefined) throw new Refusal(404, 'there is nothing here')
    const data = await readFile(new URL(asset, STATIC))
    const type = TYPES[extname(asset)] ?? ''
    response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache' }).end(data)
  }

  const fileOf = (platform: string, id: string): PaneFile => {
    const file = options.panes.find((pane) => pane.platform === platform)?.file(id)
    if (!file) throw new Refusal(404, 'this file is not there any more')
    return file
  }

  const act = async (body: unknown): Promise<string | undefined> => {
    const action = actionSchema.safeParse(body)
    if (!action.success) throw new Refusal(400, z.prettifyError(action.error))
    try {
      return await perform(action.data)
    } catch (error) {
      throw new Refusal(422, error instanceof Error ? error.message : String(error))
    }
  }

  const perform = async (action: z.output<typeof actionSchema>): Promise<string | undefined> => {
    if (isPaneAction(action))
      return options.panes.find(({ platform }) => platform === action.platform)?.perform(action)
    if (action.do === 'fault')
      options.setFault(
        action.target,
        FAULT_KINDS.find((kind) => kind === action.kind),
      )
    else options.clearFaults()
    options.broadcast.stageChanged()
    return undefined
  }

  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent) return void response.destroy()
      const refused = error instanceof Refusal
      const message = error instanceof Error ? error.message : String(error)
      sendJson(response, refused ? error.status : 500, { error: { message } })
    })
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  const shownHost = /^(0\.0\.0\.0|::)$/.test(options.host) ? '127.0.0.1' : options.host

  return {
    url: `http://${shownHost.includes(':') ? `[${shownHost}]` : shownHost}:${port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** File names by path: only these are read, whatever a path says. */
async function listAssets(): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(STATIC)).filter((name) => extname(name) in TYPES)
  return new Map([['/', 'index.html'], ...names.map((name) => [`/${name}`, name] as const)])
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? ''))
    throw new Refusal(415, 'an action is sent as application/json')
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > BODY_LIMIT_BYTES) throw new Refusal(413, 'this is too large: a file may have 16 MB')
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString())
  } catch {
    throw new Refusal(400, 'the body is no JSON')
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}

function sendFile(response: ServerResponse, file: PaneFile): void {
  const isShowable = SHOWABLE.test(file.mimetype)
  response.writeHead(200, {
    'content-type': isShowable ? file.mimetype : 'application/octet-stream',
    'content-length': file.data.length,
    'content-disposition': `${isShowable ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(file.name)}`,
    'cache-control': 'private, max-age=3600',
    'content-security-policy': "default-src 'none'; sandbox",
  })
  response.end(file.data)
}
