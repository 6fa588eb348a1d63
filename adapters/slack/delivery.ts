import type { App } from '@slack/bolt'
import { z } from 'zod'
import { asHubError, HubError } from '../../src/model/errors.ts'
import type { Logger } from '../../src/ports/logger.ts'

/** One thing Slack tells, however it came. */
export interface Delivery {
  readonly body: Record<string, unknown>
  readonly retryNum: number | undefined
  readonly retryReason: string | undefined
  /** Tells Slack that it is taken; `response` is what it then shows, for modals. Called at most once. */
  readonly acknowledge: (response?: Record<string, unknown>) => Promise<void>
}

/** What listeners find in Bolt's context. */
export type DeliveryContext = Pick<Delivery, 'acknowledge'>

/**
 * Passes a delivery through Bolt. Bolt acknowledges events before their listeners run, so it is given an
 * acknowledgement without effect; the real one is in the context, for listeners to call after the commit.
 * What no listener acknowledged is acknowledged here, unless a listener failed in a way that another delivery
 * may mend: `refused`. Never rejects.
 */
export async function deliver(
  app: Pick<App, 'processEvent'> | undefined,
  delivery: Delivery,
  log: Logger,
): Promise<'taken' | 'refused'> {
  let acknowledged = false
  const acknowledge: Delivery['acknowledge'] = async (response) => {
    if (acknowledged) return
    acknowledged = true
    await delivery.acknowledge(response)
  }
  try {
    // Slack drops events of a workspace beyond 30,000 an hour, and says so.
    if (delivery.body.type === 'app_rate_limited') log.warn({}, 'Slack leaves out events: there are too many')
    if (!app)
      throw new HubError('not_ready', 'the connection has not started yet', { retry: { kind: 'later' } })
    await app.processEvent({
      body: delivery.body,
      ack: async () => undefined,
      ...(delivery.retryNum === undefined ? {} : { retryNum: delivery.retryNum }),
      ...(delivery.retryReason === undefined ? {} : { retryReason: delivery.retryReason }),
      customProperties: { acknowledge } satisfies DeliveryContext,
    })
  } catch (error) {
    const failure = asHubError(error)
    log.error(
      { code: failure.code, err: failure, eventId: delivery.body.event_id },
      acknowledged ? 'an event was taken in but not answered' : 'an event could not be taken in',
    )
    if (!acknowledged && failure.retry.kind !== 'never') return 'refused'
  }
  await acknowledge().catch((error: unknown) => {
    log.warn({ err: asHubError(error, 'acknowledge_failed') }, 'an event could not be acknowledged')
  })
  return 'taken'
}

const objectSchema = z.record(z.string(), z.unknown())

/** JSON text that holds an object. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    return objectSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
