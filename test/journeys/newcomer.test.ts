import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserMissing, openBrowser } from '../support/browser.ts'
import { type HubProcess, spawnHub, untilRunning } from '../support/hub-process.ts'

const PLATFORMS = ['Slack', 'Discord', 'Telegram', 'Matrix'] as const

/** With nothing configured: the hub's own process, its simulator's page, its admin, a browser. */
describe.skipIf(browserMissing)('a newcomer with nothing configured', () => {
  let dataDir: string
  let hub: HubProcess
  let browser: Browser
  let page: Page
  const printed = (label: string): string => new RegExp(`${label}\\s+(http:\\S+)`).exec(hub.output)?.[1] ?? ''

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'brainall-newcomer-'))
    hub = await untilRunning(spawnHub({ DATA_DIR: dataDir, LOG_LEVEL: 'warn', SIMULATOR: 'auto' }))
    browser = await openBrowser()
    page = await browser.newPage({ viewport: { width: 1600, height: 1000 } })
    page.setDefaultTimeout(20_000)
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    hub?.signal('SIGTERM')
    await hub?.ended
    await rm(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  }, 40_000)

  const pane = (name: string): Locator => page.getByRole('region', { name, exact: true })

  it('says hello on all four platforms and is answered by a model that says what it is', async () => {
    await page.goto(printed('Try it'))
    for (const name of PLATFORMS) await pane(name).getByRole('button', { name: 'Say hello' }).click()
    for (const name of PLATFORMS) await pane(name).getByText('I am the built-in demo model').first().waitFor()
  }, 60_000)

  it('sets the hub up by the printed link and finds everything well', async () => {
    await page.goto(printed('Set up'))
    await page.locator('input[type=email]').fill('owner@example.org')
    await page.locator('input[type=password]').fill('a long enough password')
    await page.getByRole('button', { name: 'Create the admin' }).click()
    await page.getByRole('link', { name: 'Workspaces' }).first().waitFor()
    expect(await page.content()).toMatch(/Slack/)
    await page.goto(`${printed('Admin')}/workspaces`)
    await page.getByText('Acme').first().waitFor()
  }, 60_000)
})
