import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ADAPTERS } from '../../adapters/registry.ts'
import { loadEnvironment } from '../../config/load.ts'
import { type RunningHub, runHub } from '../../src/entry/run-hub.ts'
import { type ModelEmulator, startModelEmulator } from '../../src/simulator/models/index.ts'
import {
  type SlackChannel,
  type SlackEmulator,
  type SlackPerson,
  type SlackTeam,
  startSlackEmulator,
} from '../../src/simulator/slack/index.ts'
import { startTestHub, type TestHub } from '../support/hub.ts'
import { services } from '../support/services.ts'
import { watchWire } from '../support/wire-check.ts'

const EMAIL = 'owner@example.org'
const PASSWORD = 'a long enough password'
const WAIT = { timeout: 15_000 }

/** A person's place in one of the workspaces. */
interface Place {
  readonly team: SlackTeam
  readonly person: SlackPerson
  readonly channel: SlackChannel
}

describe.each(['one process', 'a process for the work alone'])('two Slack workspaces, %s', (processes) => {
  let slack: SlackEmulator
  let wire: ReturnType<typeof watchWire>
  let model: ModelEmulator
  let hub: TestHub
  let worker: { readonly hub: RunningHub; readonly dataDir: string } | undefined
  let token = ''
  let acme: Place
  let globex: Place

  beforeAll(async () => {
    slack = await startSlackEmulator({ retryDelaysMs: [0, 500, 1000] })
    wire = watchWire('slack', slack)
    acme = placeIn(slack.team, 'maria')
    globex = placeIn(slack.addTeam({ name: 'Globex' }), 'gus')
    model = await startModelEmulator({
      models: [
        { id: 'small', contextLength: 8192 },
        { id: 'large', contextLength: 32_768 },
      ],
    })
    const environment = {
      SLACK_BOT_TOKEN: [acme, globex].map(({ team }) => team.botToken).join(','),
      SLACK_APP_TOKEN: slack.appToken,
      SLACK_API_URL: slack.apiUrl,
      LLM_BASE_URL: model.baseUrl,
      LLM_MODEL: 'small',
      SECRET_KEY: 'a key that both processes know, long enough',
    }
    const admin = { ADMIN_EMAIL: EMAIL, ADMIN_PASSWORD: PASSWORD }
    if (processes === 'one process') hub = await startTestHub({ ...environment, ...admin })
    else {
      hub = await startTestHub({ ...environment, ...admin, ROLES: 'gateway,web' })
      worker = await startWorker({ ...environment, DATABASE_URL: hub.hub.storage.connectionString })
    }
    token = (await call('POST', '/login', { email: EMAIL, password: PASSWORD })).token
    await vi.waitFor(async () => expect(await call('GET', '/models')).toHaveLength(2), WAIT)
    await vi.waitFor(() => expect(slack.sockets.open).toBe(1), WAIT)
  }, 60_000)

  afterAll(async () => {
    await worker?.hub.drain()
    if (worker) await rm(worker.dataDir, { recursive: true, force: true })
    await hub?.close()
    await model?.close()
    await slack?.close()
  })

  const placeIn = (team: SlackTeam, name: string): Place => {
    const person = slack.addPerson({ name, team })
    return { team, person, channel: slack.addChannel({ name: 'general', members: [person], team }) }
  }

  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${hub.url}/api/v1${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return JSON.parse(await response.text())
  }

  const setModel = async ({ team }: Place, name: string | null): Promise<void> => {
    const list: { id: string; externalId: string }[] = await call('GET', '/workspaces')
    const id = list.find(({ externalId }) => externalId === team.id)?.id
    const changed = await call('PATCH', `/workspaces/${id}/settings`, { model: name })
    expect(changed.own).toEqual(name === null ? {} : { model: name })
  }

  /** Mentions the bot in a new thread, waits for the answer there, and tells which model gave it. */
  const modelAnswering = async ({ team, person, channel }: Place, question: string): Promise<string> => {
    const answer = `The answer to ${question}.`
    model.script({ match: new RegExp(question), text: answer })
    const { ts } = slack.say(channel, person, { text: `<@${team.botUserId}> ${question}` })
    await vi.waitFor(() => {
      const [, ...replies] = slack.messages(channel, { threadTs: ts })
      expect(replies).toMatchObject([{ user: team.botUserId, text: answer, threadTs: ts }])
    }, WAIT)
    const asked = model.requests.filter(({ body }) => JSON.stringify(body.messages.at(-1)).includes(question))
    expect(asked).toHaveLength(1)
    return asked[0]?.body.model ?? ''
  }

  it('are both there before anybody writes', async () => {
    await vi.waitFor(async () => {
      const list: { name: string }[] = await call('GET', '/workspaces')
      expect(list.map(({ name }) => name).sort()).toEqual(['Acme', 'Globex'])
    }, WAIT)
  })

  it('are each answered by a model of their own, in their thread, by their bot', async () => {
    await setModel(globex, 'large')
    expect(await Promise.all([modelAnswering(acme, 'alpha'), modelAnswering(globex, 'bravo')])).toEqual([
      'small',
      'large',
    ])
  })

  it('follow each change at the next message, and go back to what all have', async () => {
    await setModel(acme, 'large')
    await setModel(globex, null)
    expect(await Promise.all([modelAnswering(acme, 'charlie'), modelAnswering(globex, 'delta')])).toEqual([
      'large',
      'small',
    ])
    await setModel(acme, null)
    expect(await Promise.all([modelAnswering(acme, 'echo'), modelAnswering(globex, 'foxtrot')])).toEqual([
      'small',
      'small',
    ])
  })

  it('keep one when the app is removed from the other', async () => {
    slack.uninstall(acme.team)
    await vi.waitFor(async () => {
      const [connection] = await hub.hub.storage.connections.list()
      expect(connection?.account).toBe('brainall (Globex); brainall (Acme) was removed')
    }, WAIT)
    expect(await modelAnswering(globex, 'golf')).toBe('small')
  })

  it('are asked nothing that Slack does not know', () => expect(wire.violations).toEqual([]))
})

/** Another process of the same hub, which only works. */
async function startWorker(environment: Readonly<Record<string, string>>) {
  const dataDir = await mkdtemp(join(tmpdir(), 'brainall-test-'))
  const config = loadEnvironment({
    ...environment,
    DATA_DIR: dataDir,
    ROLES: 'worker',
    SIMULATOR: 'off',
    DRAIN_TIMEOUT_MS: '2000',
  })
  return { hub: await runHub(config, ADAPTERS, pino({ level: services.logLevel })), dataDir }
}
