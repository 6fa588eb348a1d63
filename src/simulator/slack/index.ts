export type { Delivery, DeliveryShape, SendOutcome } from './delivery.ts'
export { startSlackEmulator } from './emulator.ts'
export type { FormValues } from './form-values.ts'
export { slackSignature } from './http-events.ts'
export type { Acknowledgement } from './interactions.ts'
export type {
  AgentSession,
  AssistantStatus,
  ChannelKind,
  SlackChange,
  SlackChannel,
  SlackFile,
  SlackMessage,
  SlackPerson,
  SlackTeam,
  SlackView,
} from './model.ts'
export type { DeliveryTarget, SlackEmulator, SlackEmulatorOptions } from './surface.ts'
export type { TeamSetup } from './world.ts'
