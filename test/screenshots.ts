import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Browser, BrowserContext } from 'playwright-core'
import { browserMissing, openBrowser } from './support/browser.ts'
import { createDatabase, openTestServer } from './support/test-databases.ts'
import { pagesOf } from './web/pages-to-see.ts'
import { fillWithTeam } from './web/sample-team.ts'
import { OWNER, startWebOn, type TestWeb } from './web/web-on.ts'

/** Makes a picture of every page of the admin, in both themes and languages and on a phone. */
const { values: options } = parseArgs({
  options: {
    out: { type: 'string', default: 'screenshots' },
    /** Only pages whose name holds this. */
    only: { type: 'string', default: '' },
  },
})

const LOOKS = [
  { name: 'light-en', colorScheme: 'light', locale: 'en', width: 1280, height: 860 },
  { name: 'dark-en', colorScheme: 'dark', locale: 'en', width: 1280, height: 860 },
  { name: 'light-pt', colorScheme: 'light', locale: 'pt', width: 1280, height: 860 },
  { name: 'dark-pt', colorScheme: 'dark', locale: 'pt', width: 1280, height: 860 },
  { name: 'phone-light-pt', colorScheme: 'light', locale: 'pt', width: 390, height: 800 },
  { name: 'phone-dark-en', colorScheme: 'dark', locale: 'en', width: 390, height: 800 },
] as const
type Look = (typeof LOOKS)[number]

async function main(): Promise<void> {
  if (browserMissing !== undefined) throw new Error(`No pictures can be made: ${browserMissing}.`)
  const server = await openTestServer()
  const web = await startWebOn(await createDatabase(server.url))
  const browser = await openBrowser()
  try {
    const ids = await fillWithTeam(web.db.db)
    await web.models.add({ name: 'gpu-1', purpose: 'chat', baseUrl: 'http://gpu-1:8000/v1' })
    await web.models.refresh(AbortSignal.timeout(5000))
    const url = await web.app.listen({ port: 0, host: '127.0.0.1' })
    const pages = (await pagesOf(web, ids)).filter(({ name }) => name.includes(options.only))
    await mkdir(options.out, { recursive: true })
    for (const look of LOOKS) await see(browser, web, url, look, pages)
    const index = LOOKS.flatMap((look) => pages.map(({ name }) => `${look.name}-${name}.png`))
    await writeFile(join(options.out, 'index.txt'), `${index.join('\n')}\n`)
    console.log(`${index.length} pictures in ${options.out}`)
  } finally {
    await browser.close()
    await web.close()
    await server.close()
  }
}

async function see(
  browser: Browser,
  web: TestWeb,
  url: string,
  { name, colorScheme, locale, width, height }: Look,
  pages: readonly { readonly name: string; readonly path: string; readonly open?: boolean }[],
): Promise<void> {
  await web.db.pool.query('update admins set language = $1', [locale])
  const context = await browser.newContext({ colorScheme, locale, viewport: { width, height } })
  try {
    await logIn(context, url)
    const page = await context.newPage()
    for (const { name: pageName, path, open } of pages) {
      if (path.startsWith('/admin/join') || path === '/admin/login') await context.clearCookies()
      await page.goto(url + path)
      if (open) {
        await page.locator('details').evaluateAll((all) => {
          for (const one of all) one.setAttribute('open', '')
        })
      }
      await page.screenshot({ path: join(options.out, `${name}-${pageName}.png`), fullPage: true })
    }
  } finally {
    await context.close()
  }
}

async function logIn(context: BrowserContext, url: string): Promise<void> {
  const page = await context.newPage()
  await page.goto(`${url}/admin/login`)
  await page.locator('input[name="email"]').fill(OWNER.email)
  await page.locator('input[name="password"]').fill(OWNER.password)
  await page.locator('form[action="/admin/login"] button').click()
  await page.waitForURL(`${url}/admin`)
  await page.close()
}

await main()
