export type {
  BotCommand,
  ButtonPress,
  ForumTopic,
  MessageDraft,
  TelegramChange,
  TelegramChat,
  TelegramMessage,
  TelegramPerson,
} from './chats.ts'
export { startTelegramEmulator, type TelegramEmulator, type TelegramEmulatorOptions } from './emulator.ts'
export type { Saying, Sending } from './people-side.ts'
export type { Update } from './update-queue.ts'
