import { setTimeout as delay } from 'node:timers/promises'
import type { Environment } from '../../config/schema.ts'
import type { PlatformAdapter } from '../ports/platform-adapter.ts'
import type { RunningHub } from './run-hub.ts'

/** Connections that have not settled by then are said to be still connecting. */
const PATIENCE_MS = 4_000
const LOOK_MS = 100

/** Says in plain words where the admin is, what is connected and what is missing. */
export async function greet(
  environment: Environment,
  { web, storage, simulatorUrl }: RunningHub,
  adapters: readonly PlatformAdapter[],
): Promise<void> {
  await untilSettled(storage)
  const connections = await storage.connections.list()
  const servers = await storage.models.list()
  const lines = ['', 'BrainAll is running.', '']
  if (simulatorUrl !== undefined) {
    lines.push(`  Try it      ${simulatorUrl}`)
    lines.push(
      '              (four simulated chat platforms with a demo model; SIMULATOR=off leaves them out)',
    )
  }
  if (web) {
    lines.push(`  Admin       ${web.url}/admin`)
    if (web.setupUrl !== undefined) {
      lines.push(
        `  Set up      ${web.setupUrl}`,
        '              (once, within 24 hours: makes the first admin)',
      )
    }
  }
  for (const { platform, label } of adapters) {
    const own = connections.filter((connection) => connection.platform === platform)
    const said = own.map((one) => inWords(one.state, one.account, one.stateDetail)).join('; ')
    lines.push(`  ${label.padEnd(11)} ${said || 'not configured'}`)
  }
  for (const [purpose, title, missing] of [
    ['chat', 'Models', 'none: set LLM_BASE_URL, or add a server in the admin, so that messages get replies'],
    ['speech', 'Speech', 'none: set WHISPER_BASE_URL, so that voice messages are understood'],
  ] as const) {
    const own = servers.filter((server) => server.purpose === purpose)
    const said = own.map(({ name, baseUrl, state, models, stateDetail }) =>
      state === 'down'
        ? `${name} (${baseUrl}) does not answer: ${stateDetail ?? ''}`
        : `${name} (${baseUrl})${models.length > 0 ? `: ${models.map((model) => model.name).join(', ')}` : ''}`,
    )
    lines.push(`  ${title.padEnd(11)} ${said.join('; ') || missing}`)
  }
  if (connections.every(({ source }) => source === 'simulator')) {
    lines.push(
      '',
      '  No platform is connected yet: the README tells for each how. Put the variables into .env and start again.',
    )
  }
  lines.push(
    '',
    `  Data        ${environment.DATABASE_URL === undefined ? environment.DATA_DIR : 'in the database of DATABASE_URL'}`,
    '',
    'Ctrl-C stops it.',
    '',
  )
  console.log(lines.join('\n'))
}

async function untilSettled({ connections, models }: RunningHub['storage']): Promise<void> {
  const until = performance.now() + PATIENCE_MS
  while (performance.now() < until) {
    const waiting = (await connections.list()).some(({ state }) => state === 'connecting')
    const unasked = (await models.list()).some(({ state }) => state === 'unknown')
    if (!waiting && !unasked) return
    await delay(LOOK_MS)
  }
}

function inWords(state: string, account: string | undefined, detail: string | undefined): string {
  switch (state) {
    case 'connected':
      return `connected as ${account ?? 'an unnamed account'}`
    case 'connecting':
      return 'connecting …'
    case 'paused':
      return 'paused'
    case 'rejected':
      return `refused: ${detail ?? 'the credentials are not accepted'}`
    default:
      return `not working (${detail ?? 'no reason known'}); it is tried again by itself`
  }
}
