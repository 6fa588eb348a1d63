import { describe, expect, it } from 'vitest'
import { ConfigurationError, loadEnvironment } from '../../config/load.ts'
import { environmentSchema } from '../../config/schema.ts'

function faultsOf(source: Readonly<Record<string, string>>): readonly string[] {
  return errorOf(source)?.faults ?? []
}

function errorOf(source: Readonly<Record<string, string>>): ConfigurationError | undefined {
  try {
    loadEnvironment({ ...source })
    return undefined
  } catch (error) {
    if (error instanceof ConfigurationError) return error
    throw error
  }
}

describe('the environment', () => {
  it('may be empty', () => {
    expect(loadEnvironment({})).toMatchObject({
      PORT: 3000,
      HOST: '127.0.0.1',
      ROLES: ['gateway', 'worker', 'web'],
      LOG_LEVEL: 'info',
      SIMULATOR: 'auto',
      SANDBOX: 'auto',
      DRAIN_TIMEOUT_MS: 20_000,
    })
  })

  it('takes an empty value for an absent one', () => {
    const everyNameEmpty = Object.fromEntries(Object.keys(environmentSchema.shape).map((name) => [name, '']))
    expect(loadEnvironment(everyNameEmpty)).toEqual(loadEnvironment({}))
  })

  it('leaves names it does not know alone', () => {
    expect(loadEnvironment({ PATH: '/bin', SLACK_COLOUR: 'red' })).toEqual(loadEnvironment({}))
  })

  it('cannot be changed', () => {
    expect(Object.isFrozen(loadEnvironment({}))).toBe(true)
  })

  it.each([
    [{ ROLES: 'web, worker' }, { ROLES: ['web', 'worker'] }],
    [{ ROLES: 'all' }, { ROLES: ['gateway', 'worker', 'web'] }],
    [{ LLM_BASE_URL: 'http://gpu:8000/v1/' }, { LLM_BASE_URL: 'http://gpu:8000/v1' }],
    [{ DATA_DIR: '/var/lib/brainall' }, { DATA_DIR: '/var/lib/brainall' }],
    [{ PORT: '0' }, { PORT: 0 }],
  ])('reads %j', (source, expected) => {
    expect(loadEnvironment(source)).toMatchObject(expected)
  })
})

describe('a fault', () => {
  it.each([
    [{ PORT: '70000' }, /^PORT: /],
    [{ PORT: 'abc' }, /^PORT: /],
    [{ PUBLIC_URL: 'hub.example' }, /^PUBLIC_URL: must be an http or https address/],
    [{ PUBLIC_URL: 'ftp://hub.example' }, /^PUBLIC_URL: /],
    [{ DATABASE_URL: 'mysql://db/hub' }, /^DATABASE_URL: must begin with postgres/],
    [{ REDIS_URL: 'localhost:6379' }, /^REDIS_URL: must begin with redis/],
    [{ SECRET_KEY: 'short' }, /^SECRET_KEY: must have at least 32 characters/],
    [{ ROLES: 'gateway, cook' }, /^ROLES.*: must be all, or a list of gateway, worker, web/],
    [{ LOG_LEVEL: 'loud' }, /^LOG_LEVEL: /],
    [{ SIMULATOR: 'maybe' }, /^SIMULATOR: /],
    [{ SANDBOX: 'weak' }, /^SANDBOX: /],
    [{ DRAIN_TIMEOUT_MS: '-1' }, /^DRAIN_TIMEOUT_MS: /],
    [{ DISCORD_TOKEN: 'token', DISCORD_APPLICATION_ID: 'app' }, /^DISCORD_APPLICATION_ID: must be a number/],
    [{ TELEGRAM_BOT_TOKEN: 'token' }, /^TELEGRAM_BOT_TOKEN: must look like/],
    [{ ADMIN_EMAIL: 'me', ADMIN_PASSWORD: 'long enough for this' }, /^ADMIN_EMAIL: must be an e-mail/],
    [{ SLACK_BOT_TOKEN: 'xoxb-1' }, /^SLACK_BOT_TOKEN needs SLACK_APP_TOKEN or SLACK_SIGNING_SECRET beside/],
    [{ MATRIX_HOMESERVER_URL: 'https://m.example' }, /^MATRIX_HOMESERVER_URL needs /],
    [
      { TELEGRAM_WEBHOOK_SECRET: 'abc', PUBLIC_URL: 'https://hub.example' },
      /^TELEGRAM_WEBHOOK_SECRET needs TELEGRAM_BOT_TOKEN/,
    ],
    [
      { TELEGRAM_WEBHOOK_SECRET: 'abc', TELEGRAM_BOT_TOKEN: '1:a' },
      /^TELEGRAM_WEBHOOK_SECRET needs PUBLIC_URL/,
    ],
    [{ PORT: ' ' }, /^PORT: must be a whole number from 0 to 65535/],
    [{ PORT: '0x50' }, /^PORT: must be a whole number from 0 to 65535/],
    [{ LLM_BASE_URL: 'http://me:pw@host/v1' }, /^LLM_BASE_URL: must hold no user name or password/],
    [{ DISCORD_APPLICATION_ID: '12345678901234567' }, /^DISCORD_APPLICATION_ID needs DISCORD_TOKEN/],
    [{ ADMIN_EMAIL: 'me@hub.example' }, /^ADMIN_EMAIL needs ADMIN_PASSWORD/],
  ])('stops the start: %j', (source, fault) => {
    expect(faultsOf(source)).toEqual([expect.stringMatching(fault)])
  })

  it('is listed with all the others, in one message', () => {
    const error = errorOf({
      PORT: 'x',
      LOG_LEVEL: 'loud',
      SLACK_BOT_TOKEN: 'nonsense',
      MATRIX_USER: '@bot:m',
    })
    expect(error?.faults).toHaveLength(5)
    expect(error?.message).toMatch(/^The configuration has 5 faults:/)
    for (const fault of error?.faults ?? []) expect(error?.message).toContain(`\n  - ${fault}`)
  })

  it('leaves the rest readable, so that further faults can be looked for', () => {
    expect(errorOf({ PORT: 'x', HOST: '0.0.0.0' })?.partial).toMatchObject({ PORT: 3000, HOST: '0.0.0.0' })
  })

  it('never repeats a value', () => {
    const canary = 'canary-of-a-secret'
    for (const name of Object.keys(environmentSchema.shape)) {
      const error = errorOf({ [name]: canary })
      expect(`${error?.message} ${error?.stack}`, name).not.toContain(canary)
    }
  })
})
