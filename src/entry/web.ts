import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Environment } from '../../config/schema.ts'
import type { Gateway } from '../core/gateway.ts'
import type { Logger } from '../ports/logger.ts'
import type { TicketQueue } from '../ports/ticket-queue.ts'
import type { Storage } from './storage.ts'

export interface RunningWeb {
  /** The one-time link for the first admin, while there is none. */
  readonly setupUrl?: string
  readonly url: string
  close(): Promise<void>
}

export async function startWeb({
  environment,
}: {
  readonly environment: Environment
  readonly storage: Storage
  readonly queue: TicketQueue
  readonly gateway: Gateway | undefined
  readonly log: Logger
}): Promise<RunningWeb> {
  const server = createServer((_, response) => response.end())
  await new Promise<void>((resolve) => server.listen(environment.PORT, environment.HOST, resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => void server.close(),
  }
}
