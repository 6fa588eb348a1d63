import axe from 'axe-core'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserMissing, openBrowser } from '../support/browser.ts'
import { pagesOf } from './pages-to-see.ts'
import { fillWithTeam } from './sample-team.ts'
import { OWNER, startTestWeb, type TestWeb } from './web.ts'

interface Finding {
  readonly id: string
  readonly impact: string | null
  readonly nodes: readonly { readonly target: readonly string[] }[]
}

describe.skipIf(browserMissing !== undefined)('axe-core', () => {
  let web: TestWeb
  let browser: Browser
  beforeAll(async () => {
    web = await startTestWeb()
    browser = await openBrowser()
  }, 60_000)
  afterAll(async () => {
    await browser.close()
    await web.close()
  })

  it('finds nothing serious on any page', { timeout: 240_000 }, async () => {
    const ids = await fillWithTeam(web.db.db)
    await web.models.add({ name: 'gpu-1', purpose: 'chat', baseUrl: 'http://gpu-1:8000/v1' })
    await web.models.refresh(AbortSignal.timeout(5000))
    const url = await web.app.listen({ port: 0, host: '127.0.0.1' })
    const found: string[] = []
    let checks = 0
    for (const colorScheme of ['light', 'dark'] as const) {
      // The page's own policy lets nothing in, axe-core neither.
      const context = await browser.newContext({ colorScheme, bypassCSP: true })
      const page = await context.newPage()
      await page.goto(`${url}/admin/login`)
      await page.locator('input[name="email"]').fill(OWNER.email)
      await page.locator('input[name="password"]').fill(OWNER.password)
      await page.locator('form[action="/admin/login"] button').click()
      await page.waitForURL(`${url}/admin`)
      for (const { name, path } of await pagesOf(web, ids)) {
        if (path.startsWith('/admin/join') || path === '/admin/login') await context.clearCookies()
        await page.goto(url + path)
        await page.addScriptTag({ content: axe.source })
        const violations = await page.evaluate<readonly Finding[]>(
          'axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations)',
        )
        checks += 1
        for (const { id, impact, nodes } of violations) {
          const line = `${name} (${colorScheme}): ${impact} ${id} at ${nodes[0]?.target.join(' ')}`
          if (impact === 'serious' || impact === 'critical') found.push(line)
        }
      }
      await context.close()
    }
    expect(checks).toBeGreaterThan(50)
    expect(found).toEqual([])
  })
})
