import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface MetricsServer {
  readonly port: number
  close(): Promise<void>
}

/** `/metrics` and `/healthz` for a process that serves no web. Rejects when it cannot listen there. */
export async function startMetricsServer(options: {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  readonly text: () => Promise<string>
}): Promise<MetricsServer> {
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 30_000 },
    (request, response) => {
      const path = request.url?.split('?', 1)[0]
      if (path === '/healthz')
        return void response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}')
      if (path !== '/metrics') return void response.writeHead(404).end()
      options.text().then(
        (text) =>
          response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text),
        () => response.writeHead(500).end(),
      )
    },
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
