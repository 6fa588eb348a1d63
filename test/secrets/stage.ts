import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startMatrixEmulator } from '../../src/simulator/matrix/index.ts'
import { startModelEmulator, startWhisperEmulator } from '../../src/simulator/models/index.ts'
import { startDiscordChat } from '../support/chats/discord.ts'
import { startSlackChat } from '../support/chats/slack.ts'
import { startTelegramChat } from '../support/chats/telegram.ts'
import { type HubProcess, spawnHub, untilRunning } from '../support/hub-process.ts'
import { startTestDatabase } from '../support/postgres.ts'
import { services } from '../support/services.ts'

/** One of each kind, unlike anything else that the hub may say. */
export const SECRETS = {
  slackBot: 'xoxb-4201-4202-canarySlackBot',
  slackSigning: 'canary-slack-signing-secret',
  slackClient: 'canary-slack-client-secret',
  discord: 'canaryDiscord.Abcdef.token-of-the-bot-0123456789',
  telegram: '4711:AAcanary-telegram-bot-token-0123456789',
  telegramWebhook: 'canary-telegram-webhook-secret',
  matrix: 'canary-matrix-password',
  model: 'sk-canary-model-key',
  speech: 'sk-canary-speech-key',
  added: 'sk-canary-key-of-an-added-server',
  admin: 'canary admin password',
  almost: 'canary admin passwort',
  hub: 'canary-secret-key-of-the-whole-hub-0123456789',
  database: 'canary-database-password',
} as const

export const OWNER = 'owner@example.org'

/** A hub in a process of its own that logs all it can, on four platforms and two servers that know the secrets. */
export async function startStage() {
  const closing: (() => Promise<unknown> | unknown)[] = []
  const open = async <One extends { close(): Promise<void> }>(one: Promise<One>): Promise<One> => {
    const opened = await one
    closing.push(() => opened.close())
    return opened
  }
  const close = async (): Promise<void> => {
    for (const one of closing.splice(0).reverse()) await one()
  }
  try {
    const database = await open(startTestDatabase())
    const slack = await open(
      startSlackChat({
        teams: [{ name: 'Acme', botToken: SECRETS.slackBot }],
        signingSecret: SECRETS.slackSigning,
      }),
    )
    const discord = await open(startDiscordChat({ token: SECRETS.discord }))
    const telegram = await open(startTelegramChat({ token: SECRETS.telegram, webhookRetryMs: 200 }))
    const matrix = await open(startMatrixEmulator({ botPassword: SECRETS.matrix }))
    const model = await open(startModelEmulator({ apiKey: SECRETS.model }))
    const speech = await open(startWhisperEmulator({ apiKey: SECRETS.speech }))
    const dataDir = await mkdtemp(join(tmpdir(), 'brainall-secrets-'))
    closing.push(() => rm(dataDir, { recursive: true, force: true }))

    /** What servers give out to the hub while it runs is as secret. */
    const given = new Set<string>()
    for (const platform of [slack, discord, telegram, matrix]) {
      platform.onRequest(({ headers }) => {
        const token = /^(?:Bearer|Bot) (\S{16,})$/.exec(headers.authorization ?? '')?.[1]
        if (token !== undefined) given.add(token)
      })
    }
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const hub: HubProcess = spawnHub({
      ...slack.environment,
      ...discord.environment,
      ...telegram.environment,
      PORT: String(port),
      PUBLIC_URL: url,
      DATA_DIR: dataDir,
      DATABASE_URL: withPassword(database.connectionString),
      SECRET_KEY: SECRETS.hub,
      LOG_LEVEL: 'trace',
      ADMIN_EMAIL: OWNER,
      ADMIN_PASSWORD: SECRETS.admin,
      SLACK_SIGNING_SECRET: SECRETS.slackSigning,
      SLACK_CLIENT_ID: '1234.5678',
      SLACK_CLIENT_SECRET: SECRETS.slackClient,
      TELEGRAM_WEBHOOK_SECRET: SECRETS.telegramWebhook,
      MATRIX_HOMESERVER_URL: matrix.url,
      MATRIX_USER: matrix.botUserId,
      MATRIX_PASSWORD: SECRETS.matrix,
      LLM_BASE_URL: model.baseUrl,
      LLM_API_KEY: SECRETS.model,
      WHISPER_BASE_URL: speech.baseUrl,
      WHISPER_API_KEY: SECRETS.speech,
      DRAIN_TIMEOUT_MS: '2000',
    })
    closing.push(async () => {
      hub.signal('SIGKILL')
      await hub.ended
    })
    return {
      slack,
      discord,
      telegram,
      matrix,
      model,
      speech,
      hub,
      url,
      dataDir,
      databaseUrl: database.connectionString,
      given,
      ready: async () => void (await untilRunning(hub)),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

export type Stage = Awaited<ReturnType<typeof startStage>>

/** The throw-away server asks for no password, and takes any. */
function withPassword(connectionString: string): string {
  if (services.databaseUrl !== undefined) return connectionString
  return connectionString.replace(/\/\/([^:@/]+):[^@/]*@/, `//$1:${SECRETS.database}@`)
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', resolve)
  })
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
