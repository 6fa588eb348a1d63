import type { Environment } from '../../config/schema.ts'
import type { NewServer } from '../ports/model-registry.ts'
import type { Credentials, PlatformAdapter } from '../ports/platform-adapter.ts'
import { type Simulator, startSimulator } from '../simulator/index.ts'

export interface Simulation {
  /** The page with the four chats. */
  readonly url: string
  readonly connections: readonly {
    readonly platform: string
    readonly slug: string
    readonly name: string
    readonly credentials: Credentials
  }[]
  /** The demo servers, where the environment names no real ones. */
  readonly servers: readonly NewServer[]
  setAdminUrl(url: string): void
  close(): Promise<void>
}

/** The simulator, where it is asked for, or where no platform is configured and a newcomer would see nothing. */
export async function startSimulation(
  environment: Environment,
  adapters: readonly PlatformAdapter[],
): Promise<Simulation | undefined> {
  const { SIMULATOR: wish, ROLES: roles } = environment
  const whole = roles.includes('gateway') && roles.includes('web') && roles.includes('worker')
  const configured = adapters.some((adapter) => adapter.fromEnvironment(environment) !== undefined)
  if (wish === 'off' || (wish === 'auto' && (configured || !whole))) return undefined
  const simulator = await startSimulator()
  return {
    url: simulator.url,
    connections: adapters.flatMap(({ platform, label }) => {
      const credentials = credentialsFor(simulator, platform)
      return credentials
        ? [{ platform, slug: `simulated-${platform}`, name: `${label} (simulated)`, credentials }]
        : []
    }),
    servers: [
      ...(environment.LLM_BASE_URL === undefined
        ? [{ name: 'demo', purpose: 'chat', baseUrl: simulator.model.baseUrl } as const]
        : []),
      ...(environment.WHISPER_BASE_URL === undefined
        ? [{ name: 'demo-speech', purpose: 'speech', baseUrl: simulator.whisper.baseUrl } as const]
        : []),
    ],
    setAdminUrl: (url) => simulator.setAdminUrl(url),
    close: () => simulator.close(),
  }
}

function credentialsFor({ connections }: Simulator, platform: string): Credentials | undefined {
  return Object.entries(connections).find(([name]) => name === platform)?.[1]
}
