export type { DiscordAttachment } from './attachment.ts'
export { type DiscordEmulator, type DiscordEmulatorOptions, startDiscordEmulator } from './emulator.ts'
export type { SentEvent } from './gateway.ts'
export type { OutgoingFile, Saying } from './people.ts'
export { permission } from './permissions.ts'
export type {
  Change,
  DiscordChannel,
  DiscordGuild,
  DiscordInteraction,
  DiscordMessage,
  DiscordModal,
  DiscordRole,
  DiscordUser,
  RegisteredCommand,
} from './world.ts'
