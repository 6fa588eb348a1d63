import { HubError } from '../../src/model/errors.ts'
import { limited, unreachable } from './errors.ts'
import { isSlackHost } from './files.ts'
import type { SlackTarget } from './target.ts'

const LIMIT_MS = 10_000

export function canRespond({ responseUrl, responseUntil = 0 }: SlackTarget, apiUrl: string): boolean {
  return responseUrl !== undefined && responseUntil > Date.now() && isSlackHost(responseUrl, apiUrl)
}

/** Answers an interaction by its own address, without a token. `platform_rejected`: used up or expired. */
export async function respond(
  { responseUrl = '' }: SlackTarget,
  message: object,
  apiUrl: string,
  signal: AbortSignal,
): Promise<void> {
  if (!isSlackHost(responseUrl, apiUrl))
    throw new HubError('platform_rejected', 'a response address is not that of Slack')
  let response: Response
  try {
    response = await fetch(responseUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(message),
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
    })
    await response.body?.cancel()
  } catch {
    throw unreachable('Slack could not be reached for a response')
  }
  if (response.ok) return
  if (response.status === 429)
    throw limited('a response', (Number(response.headers.get('retry-after')) || 1) * 1000)
  if (response.status >= 500) throw unreachable(`Slack answered ${response.status} to a response`)
  throw new HubError('platform_rejected', `Slack answered ${response.status} to a response`)
}
