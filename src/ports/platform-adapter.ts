import type { Environment } from '../../config/schema.ts'
import type { CallBudget } from './call-budget.ts'
import type { Logger } from './logger.ts'
import type { Receiver, ReceiverContext } from './receiver.ts'
import type { Sender } from './sender.ts'

/** Values by name, as stored encrypted; each adapter parses its own and throws `credentials_malformed`. */
export type Credentials = Readonly<Record<string, string>>

export interface EnvironmentConnection {
  readonly slug: string
  readonly name: string
  readonly credentials: Credentials
}

/** One platform, as the registry lists it. */
export interface PlatformAdapter {
  /** `slack`, `discord`, `telegram`, `matrix`. */
  readonly platform: string
  /** As people write it. */
  readonly label: string
  /** What the environment configures; undefined: nothing. Keys without a value are left out. */
  fromEnvironment(environment: Environment): EnvironmentConnection | undefined
  /** The account behind the credentials, as people know it. Rejects with a HubError in plain words. */
  identify(credentials: Credentials, signal: AbortSignal): Promise<string>
  createReceiver(context: ReceiverContext, credentials: Credentials): Receiver
  /** Without a budget, the sender keeps the platform's limits for itself. */
  createSender(credentials: Credentials, log: Logger, budget?: CallBudget): Sender
}
