import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type HubProcess, spawnHub, untilRunning } from '../support/hub-process.ts'

describe('starting the hub', () => {
  let directory: string
  const hubs: HubProcess[] = []
  const start = (environment: Readonly<Record<string, string>>): HubProcess => {
    const hub = spawnHub({ DATA_DIR: join(directory, 'data'), LOG_LEVEL: 'warn', ...environment })
    hubs.push(hub)
    return hub
  }

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'brainall-start-'))
    await chmod(directory, 0o755)
  })
  afterEach(async () => {
    for (const hub of hubs.splice(0)) {
      hub.signal('SIGKILL')
      await hub.ended
    }
    await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  })

  it('on nothing but a data directory, says where the admin is, what is missing, and ends cleanly', async () => {
    const hub = await untilRunning(start({}))
    const url = /Admin\s+(http:\S+)\/admin/.exec(hub.output)?.[1]
    expect(hub.output).toMatch(/Set up\s+http:\S+\/admin\/setup\?token=\S+/)
    for (const said of ['Telegram', 'not configured', 'LLM_BASE_URL', 'WHISPER_BASE_URL'])
      expect(hub.output).toContain(said)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    expect((await stat(join(directory, 'data', 'secret.key'))).mode & 0o777).toBe(0o600)
    hub.signal('SIGINT')
    expect(await hub.ended).toBe(0)
    expect(hub.output).toContain('Stopped.')
  }, 60_000)

  it('refuses a second hub in the same data directory, and starts again after a kill', async () => {
    const first = await untilRunning(start({}))
    const second = start({})
    expect(await second.ended).toBe(1)
    expect(second.output).toMatch(/Another hub \(process \d+\) already runs on the data directory/)
    first.signal('SIGKILL')
    await first.ended
    await untilRunning(start({}))
  }, 90_000)

  it('lists every fault at once and exits 1', async () => {
    const busy = createServer()
    await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve))
    const address = busy.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const hub = start({
      PORT: String(port),
      DATA_DIR: '/proc/nowhere/data',
      LOG_LEVEL: 'loud',
      TELEGRAM_BOT_TOKEN: 'not-a-token',
      SLACK_BOT_TOKEN: 'xoxb-1',
    })
    expect(await hub.ended).toBe(1)
    busy.close()
    for (const said of [
      'PORT',
      'in use',
      'DATA_DIR',
      'LOG_LEVEL',
      'TELEGRAM_BOT_TOKEN',
      'SLACK_BOT_TOKEN needs',
    ]) {
      expect(hub.output).toContain(said)
    }
    expect(hub.output).not.toContain('not-a-token')
  }, 30_000)

  it('says so when the database cannot be reached, waits for it, and ends when asked to', async () => {
    await mkdir(join(directory, 'data'))
    const hub = start({ DATABASE_URL: 'postgres://nobody:secret-word@127.0.0.1:9/none' })
    await expect
      .poll(() => hub.output, { timeout: 25_000 })
      .toContain('waiting for the database: it cannot be reached')
    hub.signal('SIGTERM')
    await hub.ended
    expect(hub.output).toContain('Stopped before it ran.')
    expect(hub.output).not.toContain('secret-word')
  }, 60_000)
})
