import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startModelEmulator } from '../src/simulator/models/index.ts'
import { browserMissing, openBrowser } from './support/browser.ts'
import { spawnHub, untilRunning } from './support/hub-process.ts'

/** Sends one rich answer through a hub to the simulator's four panes and makes a picture of each. */
const { values: options } = parseArgs({ options: { out: { type: 'string', default: 'screenshots' } } })

const PLATFORMS = ['Slack', 'Discord', 'Telegram', 'Matrix'] as const
const ANSWER = readFileSync(new URL('markdown/rich-answer.txt', import.meta.url), 'utf8')

async function main(): Promise<void> {
  if (browserMissing !== undefined) throw new Error(`No pictures can be made: ${browserMissing}.`)
  const dataDir = await mkdtemp(join(tmpdir(), 'brainall-pictures-'))
  const model = await startModelEmulator()
  model.script({ text: ANSWER, times: 1000 })
  const hub = spawnHub({ DATA_DIR: dataDir, LOG_LEVEL: 'warn', SIMULATOR: 'on', LLM_BASE_URL: model.baseUrl })
  const browser = await openBrowser()
  try {
    await untilRunning(hub, 120_000)
    const url = /Try it\s+(http:\S+)/.exec(hub.output)?.[1] ?? ''
    await mkdir(options.out, { recursive: true })
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await browser.newPage({ viewport: { width: 2200, height: 1700 }, colorScheme })
      page.setDefaultTimeout(90_000)
      await page.goto(url)
      for (const name of PLATFORMS) {
        const pane = page.getByRole('region', { name, exact: true })
        if (colorScheme === 'light') await pane.getByRole('button', { name: 'Say hello' }).click()
        await pane.getByText('That is all.').last().waitFor()
        await pane.screenshot({ path: join(options.out, `chat-${colorScheme}-${name.toLowerCase()}.png`) })
      }
      await page.close()
    }
    console.log(`8 pictures in ${options.out}`)
  } finally {
    await browser.close()
    hub.signal('SIGTERM')
    await hub.ended
    await model.close()
    await rm(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  }
}

await main()
