import { startDiscordEmulator } from '../discord/index.ts'
import { startMatrixEmulator } from '../matrix/index.ts'
import { startModelEmulator, startWhisperEmulator } from '../models/index.ts'
import { startSlackEmulator } from '../slack/index.ts'
import { startTelegramEmulator } from '../telegram/index.ts'
import { createBroadcast } from './broadcast.ts'
import { createDiscordPane } from './discord-pane.ts'
import { createMatrixPane } from './matrix-pane.ts'
import { startPageServer } from './page-server.ts'
import { CAST } from './pane.ts'
import type { StageSight } from './sight.ts'
import { createSlackPane } from './slack-pane.ts'
import { createTelegramPane } from './telegram-pane.ts'
import { createTroubles, type Emulators, FAULT_CHOICES } from './troubles.ts'

export interface SimulatorOptions {
  /** Of the page; default any free one. */
  readonly port?: number
  /** Default 127.0.0.1. The page has no log-in: whoever reaches it may act as anybody in the little world. */
  readonly host?: string
  /** Where the page sends those who want a real platform or model. */
  readonly adminUrl?: string
}

export interface Simulator extends Emulators {
  /** The page. */
  readonly url: string
  readonly connections: {
    readonly slack: { readonly botToken: string; readonly appToken: string; readonly apiUrl: string }
    readonly discord: { readonly token: string; readonly applicationId: string; readonly apiUrl: string }
    readonly telegram: { readonly token: string; readonly apiRoot: string }
    readonly matrix: { readonly homeserverUrl: string; readonly accessToken: string }
  }
  /** For an admin whose address is known only once the hub runs. */
  setAdminUrl(url: string): void
  close(): Promise<void>
}

/** Four platforms with a few people in them, a demo model and a demo listener, and a page to use them. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const started: { close(): Promise<void> }[] = []
  const opened = async <Part extends { close(): Promise<void> }>(starting: Promise<Part>): Promise<Part> => {
    const part = await starting
    started.push(part)
    return part
  }
  const close = async (): Promise<void> => {
    for (const part of started.splice(0).reverse()) await part.close()
  }
  try {
    const emulators: Emulators = {
      slack: await opened(startSlackEmulator({ teams: [{ name: 'Acme', botName: 'BrainAll' }] })),
      discord: await opened(startDiscordEmulator()),
      telegram: await opened(startTelegramEmulator()),
      matrix: await opened(startMatrixEmulator()),
      model: await opened(startModelEmulator()),
      whisper: await opened(startWhisperEmulator()),
    }
    return await openPage(emulators, options, opened, close)
  } catch (error) {
    await close()
    throw error
  }
}

async function openPage(
  emulators: Emulators,
  options: SimulatorOptions,
  opened: <Part extends { close(): Promise<void> }>(starting: Promise<Part>) => Promise<Part>,
  close: () => Promise<void>,
): Promise<Simulator> {
  const { slack, discord, telegram, matrix, model } = emulators
  let { adminUrl } = options
  const panes = [
    createSlackPane(slack),
    createDiscordPane(discord),
    createTelegramPane(telegram),
    createMatrixPane(matrix),
  ]
  const troubles = createTroubles(emulators)
  const stage = (): StageSight => ({
    people: CAST,
    faults: { ...troubles.current },
    faultChoices: FAULT_CHOICES,
    adminUrl,
    modelUrl: model.baseUrl,
  })
  const broadcast = createBroadcast(panes, stage)
  await opened(Promise.resolve({ close: async () => broadcast.close() }))
  const page = await opened(
    startPageServer({
      host: options.host ?? '127.0.0.1',
      port: options.port ?? 0,
      panes,
      broadcast,
      setFault: troubles.set,
      clearFaults: troubles.clear,
    }),
  )
  return {
    ...emulators,
    url: page.url,
    connections: {
      slack: { botToken: slack.team.botToken, appToken: slack.appToken, apiUrl: slack.apiUrl },
      discord: { token: discord.token, applicationId: discord.applicationId, apiUrl: discord.apiUrl },
      telegram: { token: telegram.token, apiRoot: telegram.url },
      matrix: { homeserverUrl: matrix.url, accessToken: matrix.accessToken },
    },
    setAdminUrl(url) {
      adminUrl = url
      broadcast.stageChanged()
    },
    close,
  }
}
