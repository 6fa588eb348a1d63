import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Simulator, startSimulator } from '../../../src/simulator/index.ts'
import { browserMissing, openBrowser } from '../../support/browser.ts'

describe.skipIf(browserMissing)('the page in a browser', () => {
  let simulator: Simulator
  let browser: Browser
  let page: Page
  const complaints: string[] = []
  const strangers: string[] = []

  beforeAll(async () => {
    simulator = await startSimulator({ adminUrl: 'http://127.0.0.1:9/admin' })
    browser = await openBrowser()
    page = await browser.newPage({ viewport: { width: 1500, height: 900 } })
    page.setDefaultTimeout(8000)
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (line) => {
      // Handlers and styles inside a hostile message are refused while it is parsed: as they should be.
      const isExpected = /Content Security Policy|ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED/.test(
        line.text(),
      )
      if (line.type() === 'error' && !isExpected) complaints.push(line.text())
    })
    page.on('request', (asked) => asked.url().startsWith(simulator.url) || strangers.push(asked.url()))
    await page.goto(simulator.url)
  }, 30_000)
  afterAll(async () => {
    await browser?.close()
    await simulator?.close()
    expect(complaints).toEqual([])
    expect(strangers.filter((url) => !url.startsWith('blob:'))).toEqual([])
  })

  const pane = (name: string): Locator => page.getByRole('region', { name, exact: true })
  const shown = (name: string, text: string | RegExp) =>
    pane(name).locator('.message', { hasText: text }).last().waitFor()

  it('says what it is and what to try', async () => {
    await page.getByText('demo model').first().waitFor()
    expect(await page.getByRole('link', { name: /admin/ }).getAttribute('href')).toBe(
      'http://127.0.0.1:9/admin',
    )
    for (const name of ['Slack', 'Discord', 'Telegram', 'Matrix']) {
      await pane(name).getByRole('button', { name: 'Say hello' }).click()
      await shown(name, 'Hello!')
    }
  })

  it('lets a Slack answer grow in its thread', async () => {
    const { team, apiUrl } = simulator.slack
    const [general] = team.channels.values()
    const call = async (method: string, body: object): Promise<{ ts: string }> => {
      const response = await fetch(`${apiUrl}${method}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${team.botToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({ channel: general?.id, ...body }),
      })
      return (await response.json()) as { ts: string }
    }
    const [root] = general?.messages.keys() ?? []
    const { ts } = await call('chat.postMessage', { thread_ts: root, text: 'I *begin*' })
    await pane('Slack').locator('.thread strong', { hasText: 'begin' }).waitFor()
    await call('chat.update', { ts, text: 'I *begin* and\n```\nend()\n```' })
    await pane('Slack').locator('.thread pre', { hasText: 'end()' }).waitFor()
  })

  it('presses a Telegram button and shows the answer', async () => {
    const { url, token } = simulator.telegram
    const call = (method: string, body: object) =>
      fetch(`${url}/bot${token}/${method}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    const group = [...simulator.telegram.chats.values()].find(({ type }) => type === 'group')
    const keyboard = [[{ text: 'Stop', callback_data: 'stop' }]]
    await call('sendMessage', {
      chat_id: group?.id,
      text: 'Working',
      reply_markup: { inline_keyboard: keyboard },
    })
    await pane('Telegram').getByRole('button', { name: 'Stop', exact: true }).click()
    const pressed = await simulator.telegram.waitFor(() =>
      simulator.telegram.updates.find((update) => 'callback_query' in update),
    )
    const { id } = pressed.callback_query as { id: string }
    await call('answerCallbackQuery', { callback_query_id: id, text: 'Stopped.' })
    await pane('Telegram').getByText('Stopped.').waitFor()
  })

  it('runs nothing that a message brings', async () => {
    const room = simulator.matrix.rooms().find(({ name }) => name === 'general')?.roomId ?? ''
    const [person = ''] = Object.keys(simulator.matrix.room(room).members)
    simulator.matrix.sendRaw(room, person, 'm.room.message', {
      msgtype: 'm.text',
      body: 'hostile',
      format: 'org.matrix.custom.html',
      formatted_body:
        '<b onclick="document.title=1">bold</b><script>document.title="hit"</script><iframe src="https://evil.example"></iframe>' +
        '<img src="https://evil.example/x.png" onerror="document.title=2" alt="picture"><a href="javascript:document.title=3">link</a>' +
        '<span style="position:fixed">end</span>',
    })
    await shown('Matrix', 'boldpicturelinkend')
    const message = pane('Matrix').locator('.message', { hasText: 'boldpicturelinkend' })
    const body = await message.locator('.html').innerHTML()
    expect(body).toBe('<b>bold</b>picture<span>link</span><span>end</span>')
    expect(await page.title()).toBe('BrainAll simulator')
  })

  it('is used by keyboard: a reply, a correction, another person', async () => {
    await page.keyboard.press('Alt+2')
    await page.keyboard.type('first')
    await page.keyboard.press('Enter')
    await shown('Discord', 'first')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.type(' corrected')
    await page.keyboard.press('Enter')
    await shown('Discord', /first corrected[\s\S]*\(edited\)/)
    await page.getByRole('radio', { name: 'Ben' }).focus()
    await page.keyboard.press('Space')
    await page.keyboard.press('Alt+2')
    await page.keyboard.type('second')
    await page.keyboard.press('Enter')
    await pane('Discord').locator('.message.own[data-author=ben]', { hasText: 'second' }).waitFor()
  })

  it('comes back with the new world after the simulator was started again', async () => {
    const port = Number(new URL(simulator.url).port)
    await simulator.close()
    await page.getByRole('alert').filter({ hasText: 'connection to the simulator is lost' }).waitFor()
    simulator = await startSimulator({ port })
    await pane('Discord')
      .getByText('Try one of these')
      .or(pane('Discord').getByText('waits for it'))
      .waitFor()
    expect(await page.locator('.message').count()).toBe(0)
    expect(await page.getByRole('radio', { name: 'Ben' }).isChecked()).toBe(true)
    await page.getByText('connection to the simulator is lost').waitFor({ state: 'hidden' })
  })
})
