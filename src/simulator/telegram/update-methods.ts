import { badRequest, conflict } from './api-error.ts'
import type { CallArguments } from './call-arguments.ts'
import { LongPoll, longestPollSeconds } from './long-poll.ts'
import type { Update } from './update-queue.ts'
import { WebhookDelivery, type WebhookTarget } from './webhook.ts'
import type { World } from './world.ts'

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value))
const isLoopback = (host: string): boolean => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(host)

/** How updates reach the bot: by getUpdates or by one webhook, never by both. */
export class UpdateDelivery {
  readonly #world: World
  readonly #poll: LongPoll
  readonly #firstDelayMs: number
  readonly #callMethod: (call: Readonly<Record<string, unknown>>) => Promise<void>
  #webhook: WebhookDelivery | undefined

  constructor(
    world: World,
    options: {
      readonly firstDelayMs: number
      readonly callMethod: (call: Readonly<Record<string, unknown>>) => Promise<void>
    },
  ) {
    this.#world = world
    this.#poll = new LongPoll(world.updates)
    this.#firstDelayMs = options.firstDelayMs
    this.#callMethod = options.callMethod
  }

  get target(): WebhookTarget | undefined {
    return this.#webhook?.target
  }

  async getUpdates(args: CallArguments, hangUp: AbortSignal): Promise<Update[]> {
    if (this.#webhook)
      throw conflict(
        "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
      )
    this.#allow(args)
    return this.#poll.wait(
      {
        offset: args.integer('offset') ?? 0,
        limit: clamp(args.integer('limit') ?? 100, 1, 100),
        timeoutSeconds: clamp(args.integer('timeout') ?? 0, 0, longestPollSeconds),
      },
      hangUp,
    )
  }

  async setWebhook(args: CallArguments): Promise<true> {
    const url = args.text('url') ?? ''
    if (url === '') return this.deleteWebhook(args)
    const target = webhookTarget(url, args)
    this.#allow(args)
    this.#poll.interrupt('setWebhook')
    await this.#webhook?.stop()
    if (args.flag('drop_pending_updates')) this.#world.updates.clear()
    this.#webhook = new WebhookDelivery({
      target,
      updates: this.#world.updates,
      firstDelayMs: this.#firstDelayMs,
      callMethod: this.#callMethod,
    })
    this.#world.changed({ kind: 'webhook' })
    return true
  }

  async deleteWebhook(args: CallArguments): Promise<true> {
    await this.#webhook?.stop()
    this.#webhook = undefined
    if (args.flag('drop_pending_updates')) this.#world.updates.clear()
    this.#world.changed({ kind: 'webhook' })
    return true
  }

  getWebhookInfo(): object {
    const { allowed, waitingCount } = this.#world.updates
    const target = this.#webhook?.target
    const failure = this.#webhook?.lastFailure
    return {
      url: target?.url ?? '',
      has_custom_certificate: false,
      pending_update_count: waitingCount,
      ...(failure
        ? { last_error_date: Math.floor(failure.at / 1000), last_error_message: failure.message }
        : {}),
      ...(target ? { max_connections: target.maxConnections } : {}),
      ...(target?.ipAddress ? { ip_address: target.ipAddress } : {}),
      ...(allowed.length > 0 ? { allowed_updates: allowed } : {}),
    }
  }

  async stop(): Promise<void> {
    await this.#webhook?.stop()
  }

  /** Absent leaves the former setting; an empty list means the default. */
  #allow(args: CallArguments): void {
    const kinds = args.strings('allowed_updates')
    if (!kinds) return
    const unknown = this.#world.updates.allow(kinds)
    if (unknown !== undefined) throw badRequest(`unknown update type "${unknown}" in allowed_updates`)
  }
}

/** Like the real server, but plain http is accepted towards this machine, on any port. */
function webhookTarget(url: string, args: CallArguments): WebhookTarget {
  if (!URL.canParse(url)) throw badRequest('invalid webhook URL specified')
  const { protocol, hostname, port } = new URL(url)
  if (!isLoopback(hostname)) {
    if (protocol !== 'https:') throw badRequest('bad webhook: An HTTPS URL must be provided for webhook')
    if (!/^(|80|88|443|8443)$/.test(port))
      throw badRequest('bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443')
  }
  const secretToken = args.text('secret_token')
  if (secretToken !== undefined && secretToken.length > 256) throw badRequest('secret token is too long')
  if (secretToken !== undefined && !/^[A-Za-z0-9_-]+$/.test(secretToken))
    throw badRequest('secret token contains unallowed characters')
  return {
    url,
    secretToken,
    maxConnections: clamp(args.integer('max_connections') ?? 40, 1, 100),
    ipAddress: args.text('ip_address'),
  }
}
