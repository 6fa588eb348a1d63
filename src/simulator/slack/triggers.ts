import { randomBytes } from 'node:crypto'

export type TriggerFault = 'invalid_trigger_id' | 'expired_trigger_id' | 'exchanged_trigger_id'

export interface Triggers {
  issue(teamId: string, personId: string): string
  /** The person who acted, once and within three seconds; otherwise Slack's error code. */
  redeem(id: string, teamId: string): { personId: string } | { fault: TriggerFault }
}

const LIFE_MS = 3000
const REMEMBERED = 10_000

export function createTriggers(now: () => number): Triggers {
  const issued = new Map<string, { teamId: string; personId: string; at: number; used: boolean }>()
  return {
    issue(teamId, personId) {
      const id = `${Math.floor(now())}.${randomBytes(5).readUIntBE(0, 5)}.${randomBytes(16).toString('hex')}`
      issued.set(id, { teamId, personId, at: now(), used: false })
      const [oldest] = issued.keys()
      if (issued.size > REMEMBERED && oldest !== undefined) issued.delete(oldest)
      return id
    },
    redeem(id, teamId) {
      const trigger = issued.get(id)
      if (!trigger || trigger.teamId !== teamId) return { fault: 'invalid_trigger_id' }
      if (trigger.used) return { fault: 'exchanged_trigger_id' }
      if (now() - trigger.at > LIFE_MS) return { fault: 'expired_trigger_id' }
      trigger.used = true
      return { personId: trigger.personId }
    },
  }
}
