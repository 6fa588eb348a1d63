import { asHubError } from '../../src/model/errors.ts'
import type { CallBudget } from '../../src/ports/call-budget.ts'
import type { SpeakerFor } from './speakers.ts'

/** Most apps are no agents; one that Slack refuses is not asked again for a while. */
const REST_MS = 60 * 60_000
const PACE = { burst: 10, perSecond: 40 / 60 }

interface Thread {
  readonly team: string | undefined
  readonly channel: string
  readonly threadTs: string
}

/** Says of an agent's session that it works, which shows Slack's own stop button; only the app can say that it ended. */
export interface Sessions {
  /** Does nothing where the app is no agent. */
  show(thread: Thread, active: boolean, signal: AbortSignal): Promise<void>
}

export function createSessions(parts: {
  readonly speakerFor: SpeakerFor
  readonly budget: CallBudget
}): Sessions {
  const { speakerFor, budget } = parts
  const restUntil = new Map<string | undefined, number>()
  return {
    async show({ team, channel, threadTs }, active, signal) {
      if ((restUntil.get(team) ?? 0) > Date.now()) return
      const { call } = await speakerFor(team, signal)
      const status = active ? ('processing' as const) : ('active' as const)
      try {
        await budget.call(
          [{ name: `session ${team}`, pace: PACE, firm: true }],
          { urgency: active ? 'passing' : 'final', of: `${channel} ${threadTs}` },
          signal,
          () =>
            call('agents.sessions.setStatus', signal, (client) =>
              client.agents.sessions.setStatus({ channel_id: channel, thread_ts: threadTs, status }),
            ),
        )
      } catch (error) {
        const { code } = asHubError(error)
        if (code === 'platform_rejected' || code === 'platform_forbidden') {
          restUntil.set(team, Date.now() + REST_MS)
          return
        }
        throw error
      }
    },
  }
}
