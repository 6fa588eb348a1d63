import { startDiscordEmulator } from '../../src/simulator/discord/index.ts'
import { startMatrixEmulator } from '../../src/simulator/matrix/index.ts'
import { startSlackEmulator } from '../../src/simulator/slack/index.ts'
import { startTelegramEmulator } from '../../src/simulator/telegram/index.ts'

export async function telegramPart() {
  const telegram = await startTelegramEmulator()
  const environment = { TELEGRAM_BOT_TOKEN: telegram.token, TELEGRAM_API_ROOT: telegram.url }
  return { telegram, environment, close: () => telegram.close() }
}

export async function slackPart() {
  const slack = await startSlackEmulator({ retryDelaysMs: [0, 500, 1000, 2000] })
  const environment = {
    SLACK_BOT_TOKEN: slack.team.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    SLACK_API_URL: slack.apiUrl,
  }
  return { slack, environment, close: () => slack.close() }
}

export async function discordPart() {
  const discord = await startDiscordEmulator({ messageBucket: { limit: 100_000, windowMs: 1000 } })
  const environment = {
    DISCORD_TOKEN: discord.token,
    DISCORD_APPLICATION_ID: discord.applicationId,
    DISCORD_API_URL: discord.apiUrl,
  }
  return { discord, environment, close: () => discord.close() }
}

export async function matrixPart() {
  const matrix = await startMatrixEmulator()
  const environment = { MATRIX_HOMESERVER_URL: matrix.url, MATRIX_ACCESS_TOKEN: matrix.accessToken }
  return { matrix, environment, close: () => matrix.close() }
}
