import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  type ModelEmulator,
  startModelEmulator,
  startWhisperEmulator,
  type WhisperEmulator,
} from '../../src/simulator/models/index.ts'
import { startTelegramEmulator, type TelegramEmulator } from '../../src/simulator/telegram/index.ts'
import { startTestDatabase } from '../support/postgres.ts'

const ENTRY = fileURLToPath(new URL('../../src/entry/doctor.ts', import.meta.url))

let telegram: TelegramEmulator
let model: ModelEmulator
let whisper: WhisperEmulator
let database: Awaited<ReturnType<typeof startTestDatabase>>
let dataDir: string

beforeAll(async () => {
  telegram = await startTelegramEmulator()
  model = await startModelEmulator({ tokensPerSecond: 500 })
  whisper = await startWhisperEmulator()
  database = await startTestDatabase()
  dataDir = await mkdtemp(join(tmpdir(), 'brainall-doctor-'))
})
afterAll(async () => {
  await telegram?.close()
  await model?.close()
  await whisper?.close()
  await database?.close()
  await rm(dataDir, { recursive: true, force: true })
})

async function doctor(
  environment: Readonly<Record<string, string>>,
): Promise<{ code: unknown; output: string }> {
  try {
    const options = {
      env: {
        PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
        DATA_DIR: dataDir,
        SANDBOX: 'none',
        ...environment,
      },
      timeout: 60_000,
    }
    return { code: 0, output: (await promisify(execFile)(process.execPath, [ENTRY], options)).stdout }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && 'stdout' in error)) throw error
    return { code: error.code, output: String(error.stdout) }
  }
}

const whole = () => ({
  DATABASE_URL: database.connectionString,
  TELEGRAM_BOT_TOKEN: telegram.token,
  TELEGRAM_API_ROOT: telegram.url,
  LLM_BASE_URL: model.baseUrl,
  WHISPER_BASE_URL: whisper.baseUrl,
})

it('finds a whole set-up whole, having really called each server', async () => {
  const { code, output } = await doctor(whole())
  expect(output).toMatch(/^✓ database +PostgreSQL/m)
  expect(output).toMatch(/^✓ clock +within \d+ ms/m)
  expect(output).toMatch(/^✓ models +http\S+ lists demo; demo answers, its first word after \d+ ms$/m)
  expect(output).toMatch(/^✓ speech +http\S+ listens with /m)
  expect(output).toMatch(/^✓ Telegram +accepted as @/m)
  expect(output).toMatch(/^– backups +BACKUP_REMOTE is not set/m)
  expect(output).not.toContain('✗')
  expect(code).toBe(0)
  expect(model.requests.at(-1)?.status).toBe(200)
}, 90_000)

it('says of each fault what it is and what to do, and ends with 1; no secret is told', async () => {
  model.script({
    for: 'any',
    trouble: { kind: 'answer', status: 500, body: { error: { message: 'broken' } } },
  })
  const { code, output } = await doctor({
    ...whole(),
    TELEGRAM_BOT_TOKEN: '123456:not-the-token',
    WHISPER_BASE_URL: 'http://127.0.0.1:9/v1',
    REDIS_URL: 'redis://127.0.0.1:9',
    LOG_LEVEL: 'chatty',
  })
  for (const name of ['configuration', 'queue', 'models', 'speech', 'Telegram'])
    expect(output).toMatch(new RegExp(`^✗ ${name} .+\\n +→ .+`, 'm'))
  expect(output).toMatch(/5 faults found\.\n$/)
  expect(output).not.toContain('not-the-token')
  expect(code).toBe(1)
}, 90_000)
