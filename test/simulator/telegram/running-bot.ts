import { Bot } from 'grammy'
import { afterEach } from 'vitest'
import {
  startTelegramEmulator,
  type TelegramEmulator,
  type TelegramEmulatorOptions,
} from '../../../src/simulator/telegram/index.ts'

const opened: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close()
})

export function onEnd(close: () => Promise<void>): void {
  opened.push(close)
}

export async function openTelegram(options: TelegramEmulatorOptions = {}): Promise<TelegramEmulator> {
  const telegram = await startTelegramEmulator(options)
  onEnd(() => telegram.close())
  return telegram
}

/** An unmodified grammY bot that is not started. */
export const botFor = (telegram: TelegramEmulator): Bot =>
  new Bot(telegram.token, { client: { apiRoot: telegram.url } })

/** Starts long polling; resolves once the bot polls. Stopped after the test. */
export async function startPolling(
  bot: Bot,
  allowed?: Parameters<Bot['start']>[0],
): Promise<{ readonly ended: Promise<string> }> {
  const started = Promise.withResolvers<void>()
  const ended = bot.start({ ...allowed, onStart: () => started.resolve() }).then(() => 'stopped', String)
  await Promise.race([started.promise, ended])
  onEnd(async () => {
    if (bot.isRunning()) await bot.stop()
    await ended
  })
  return { ended }
}
