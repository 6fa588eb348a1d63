import { createServer } from 'node:net'
import { App, type Logger, LogLevel } from '@slack/bolt'
import { WebAPIPlatformError, WebClient } from '@slack/web-api'
import { afterEach } from 'vitest'
import {
  type SlackEmulator,
  type SlackEmulatorOptions,
  startSlackEmulator,
} from '../../../src/simulator/slack/index.ts'

/** Refusals and lost sockets are what these tests are about; the SDK need not print them. */
export const quiet: Logger = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  setLevel: ignore,
  getLevel: () => LogLevel.ERROR,
  setName: ignore,
}

function ignore(): undefined {
  return undefined
}

const open: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

/** Closed after the test. Retries of unacknowledged events come at once. */
export async function startSlack(options: SlackEmulatorOptions = {}): Promise<SlackEmulator> {
  const slack = await startSlackEmulator({ retryDelaysMs: [0, 0, 0], ...options })
  open.push(() => slack.close())
  return slack
}

/** An unmodified Bolt app on Socket Mode, connected once `connect` settles. */
export function socketApp(slack: SlackEmulator): { app: App; connect: () => Promise<unknown> } {
  const app = new App({
    token: slack.team.botToken,
    appToken: slack.appToken,
    socketMode: true,
    logger: quiet,
    deferInitialization: true,
    clientOptions: { slackApiUrl: slack.apiUrl, rejectRateLimitedCalls: true, retryConfig: { retries: 0 } },
  })
  return {
    app,
    async connect() {
      await app.init()
      await app.start()
      open.push(() => app.stop())
    },
  }
}

/** An unmodified Bolt app with its HTTP receiver, to which the emulator delivers once `connect` settles. */
export function httpApp(
  slack: SlackEmulator,
  options: { signingSecret?: string; processBeforeResponse?: boolean } = {},
): { app: App; connect: () => Promise<string> } {
  const app = new App({
    token: slack.team.botToken,
    signingSecret: slack.signingSecret,
    logger: quiet,
    deferInitialization: true,
    clientOptions: { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } },
    ...options,
  })
  return {
    app,
    async connect() {
      await app.init()
      const port = await freePort()
      await app.start({ port, host: '127.0.0.1' })
      open.push(() => app.stop())
      const url = `http://127.0.0.1:${port}/slack/events`
      await slack.deliverTo({ kind: 'http', url })
      return url
    },
  }
}

export function webClient(slack: SlackEmulator, token = slack.team.botToken): WebClient {
  return new WebClient(token, {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: quiet,
  })
}

/** Slack's `error` of a refused call. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call
  } catch (error) {
    if (error instanceof WebAPIPlatformError) return error.data.error
    throw error
  }
  throw new Error('the call was not refused')
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
