import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Simulator, startSimulator } from '../../../src/simulator/index.ts'
import type { Platform, SightChange, WholeSight } from '../../../src/simulator/page/sight.ts'

let simulator: Simulator

beforeAll(async () => {
  simulator = await startSimulator()
})
afterAll(async () => {
  await simulator.close()
})

const post = (body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${simulator.url}/act`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

async function refusal(response: Response): Promise<{ status: number; message: string }> {
  const body: unknown = await response.json()
  const { error } = body as { error: { message: string } }
  return { status: response.status, message: error.message }
}

async function whole(): Promise<WholeSight> {
  const response = await fetch(`${simulator.url}/state`)
  return (await response.json()) as WholeSight
}

async function channelId(platform: Platform, kind: string): Promise<string> {
  const { panes } = await whole()
  const channel = panes[platform].sight.channels.find(
    (one) => one.kind === kind && one.members.includes('ana'),
  )
  return channel?.id ?? ''
}

async function newest(platform: Platform) {
  const { panes } = await whole()
  return panes[platform].messages.toSorted((a, b) => a.order - b.order).at(-1)
}

/** The options of the commands that a bot hears of. */
async function listenOnDiscord(): Promise<{ options: unknown[]; close(): void }> {
  const { gatewayUrl, token } = simulator.discord
  const socket = new WebSocket(`${gatewayUrl}?v=10&encoding=json`)
  const options: unknown[] = []
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('error', () => reject(new Error('the gateway refused')))
    socket.addEventListener('message', ({ data }) => {
      const { op, t, d } = JSON.parse(String(data))
      const properties = { os: 'test', browser: 'test', device: 'test' }
      if (op === 10) socket.send(JSON.stringify({ op: 2, d: { token, intents: 0, properties } }))
      if (t === 'READY') resolve()
      if (t === 'INTERACTION_CREATE') options.push(d.data.options)
    })
  })
  return { options, close: () => socket.close() }
}

describe('who may act', () => {
  it('refuses a page of another site', async () => {
    const action = { do: 'clearFaults' }
    expect(await refusal(await post(action, { origin: 'https://evil.example' }))).toEqual({
      status: 403,
      message: 'only the simulator’s own page may do this',
    })
    expect((await post(action, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await post(action, { 'content-type': 'text/plain' })).status).toBe(415)
    expect((await post(action, { origin: simulator.url })).status).toBe(200)
  })

  it('refuses a foreign host name that leads here, for reading too', async () => {
    const { port } = new URL(simulator.url)
    const status = (host: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const asked = request({ port, host: '127.0.0.1', path: '/state', headers: { host } }, (response) => {
          response.resume()
          resolve(response.statusCode)
        })
        asked.once('error', reject).end()
      })
    expect(await status(`rebound.example:${port}`)).toBe(403)
    expect(await status(`localhost:${port}`)).toBe(200)
    expect(await status(`127.0.0.1:${port}`)).toBe(200)
  })

  it('serves the page with a policy that lets nothing foreign in', async () => {
    const response = await fetch(simulator.url)
    expect(response.headers.get('content-security-policy')).toContain("script-src 'self'")
    expect(await response.text()).not.toMatch(/<script>|style=|https?:\/\//)
    expect((await fetch(`${simulator.url}/..%2f..%2fstart.ts`)).status).toBe(404)
    expect((await fetch(`${simulator.url}/files/slack/nothing`)).status).toBe(404)
  })
})

describe('what may be done', () => {
  it('says what is wrong with an action', async () => {
    expect((await post('{')).status).toBe(400)
    expect(await refusal(await post({ do: 'fly' }))).toMatchObject({ status: 400 })
    const wordless = { do: 'say', platform: 'slack', person: 'ana', channel: 'C1' }
    expect((await refusal(await post(wordless))).message).toMatch(/text/)
    expect(await refusal(await post({ ...wordless, text: 'hi' }))).toEqual({
      status: 422,
      message: 'this channel is not there any more',
    })
    const stranger = { ...wordless, person: 'zoe', text: 'hi' }
    expect((await refusal(await post(stranger))).message).toBe('this person is not there any more')
    expect((await refusal(await post({ do: 'fault', target: 'slack', kind: 'breaking' }))).message).toBe(
      'slack cannot be made breaking',
    )
  })

  it('writes a mention as each platform does', async () => {
    for (const platform of ['slack', 'discord', 'telegram', 'matrix'] as const) {
      const { panes } = await whole()
      const { mention } = panes[platform].sight
      const channel = await channelId(platform, 'channel')
      const said = await post({
        do: 'say',
        platform,
        person: 'ana',
        channel,
        text: `${mention}hello & <you>`,
      })
      expect(said.status).toBe(200)
    }
    const { slack, discord, telegram, matrix } = simulator
    const [general] = slack.team.channels.values()
    const slackText = [...(general?.messages.values() ?? [])].at(-1)?.text
    expect(slackText).toBe(`<@${slack.team.botUserId}> hello &amp; &lt;you&gt;`)
    expect([...discord.messages.values()].at(-1)?.mentions).toEqual([discord.botUserId])
    const told = [...telegram.chats.values()].flatMap(({ messages }) => messages).at(-1)
    expect(told?.entities).toContainEqual({ type: 'mention', offset: 0, length: 13 })
    const room = matrix.rooms().find(({ name }) => name === 'general')
    expect(matrix.messages(room?.roomId ?? '').at(-1)?.mentions).toEqual([matrix.botUserId])
  })

  it('lets people change only what they wrote', async () => {
    const channel = await channelId('discord', 'channel')
    await post({ do: 'say', platform: 'discord', person: 'ana', channel, text: 'mine' })
    const message = (await newest('discord'))?.id
    const edit = { do: 'edit', platform: 'discord', message, text: 'yours' }
    expect((await post({ ...edit, person: 'ben' })).status).toBe(422)
    expect((await post({ ...edit, person: 'ana', text: 'mine still' })).status).toBe(200)
    expect(await newest('discord')).toMatchObject({ isEdited: true, source: 'mine still' })
    await post({ do: 'delete', platform: 'discord', person: 'ana', message })
    expect((await newest('discord'))?.id).not.toBe(message)
  })

  it('hands a file out as a download, whatever it claims to be', async () => {
    const channel = await channelId('matrix', 'channel')
    const data = Buffer.from('<script>alert(1)</script>').toString('base64')
    const file = { name: 'page.html', mimetype: 'text/html', data }
    await post({ do: 'attach', platform: 'matrix', person: 'ana', channel, ...file })
    const id = (await newest('matrix'))?.files[0]?.id
    const response = await fetch(`${simulator.url}/files/matrix/${id}`)
    expect(response.headers.get('content-type')).toBe('application/octet-stream')
    expect(response.headers.get('content-disposition')).toMatch(/^attachment/)
    expect(await response.text()).toContain('alert(1)')
  })

  it('reads Discord options from one typed line, and says which command is unknown', async () => {
    const channel = await channelId('discord', 'channel')
    const unknown = { do: 'say', platform: 'discord', person: 'ana', channel, text: '/nonsense' }
    expect((await refusal(await post(unknown))).message).toContain('/nonsense')
    await fetch(`${simulator.discord.apiUrl}/v10/applications/${simulator.discord.applicationId}/commands`, {
      method: 'PUT',
      headers: { authorization: `Bot ${simulator.discord.token}`, 'content-type': 'application/json' },
      body: JSON.stringify([
        {
          name: 'run',
          description: 'Runs code',
          options: [
            {
              type: 3,
              name: 'language',
              description: 'Which',
              choices: [{ name: 'TypeScript', value: 'ts' }],
            },
            { type: 3, name: 'code', description: 'What' },
          ],
        },
      ]),
    })
    const heard = await listenOnDiscord()
    await post({ ...unknown, text: '/run TypeScript 1 + 1' })
    await post({ ...unknown, text: '/run code:2 + 2 language:ts' })
    await vi.waitFor(() =>
      expect(heard.options).toEqual([
        [
          { name: 'language', type: 3, value: 'ts' },
          { name: 'code', type: 3, value: '1 + 1' },
        ],
        [
          { name: 'code', type: 3, value: '2 + 2' },
          { name: 'language', type: 3, value: 'ts' },
        ],
      ]),
    )
    heard.close()
    expect(await newest('discord')).toMatchObject({ onlyFor: 'ana', body: { text: 'Sending command…' } })
  })
})

describe('what the page is told', () => {
  it('sends everything first, then what changed', async () => {
    const leaving = new AbortController()
    const response = await fetch(`${simulator.url}/events`, { signal: leaving.signal })
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    const until = async (pattern: RegExp): Promise<string> => {
      for (;;) {
        const found = pattern.exec(text)
        if (found) {
          text = text.slice(found.index + found[0].length)
          return found[1] ?? ''
        }
        const piece = await reader?.read()
        if (!piece || piece.done) throw new Error('the events ended')
        text += piece.value
      }
    }
    const first = JSON.parse(await until(/event: whole\ndata: (.*)\n\n/)) as WholeSight
    expect(Object.keys(first.panes)).toEqual(['slack', 'discord', 'telegram', 'matrix'])
    const channel = await channelId('telegram', 'direct')
    await post({ do: 'say', platform: 'telegram', person: 'ana', channel, text: 'are you there?' })
    const change = JSON.parse(
      await until(/event: change\ndata: (.*"platform":"telegram".*)\n\n/),
    ) as SightChange
    expect(change).toMatchObject({
      kind: 'pane',
      platform: 'telegram',
      messages: [{ source: 'are you there?' }],
    })
    await post({ do: 'fault', target: 'model', kind: 'limited' })
    expect(await until(/"faults":(\{[^}]*\})/)).toBe('{"model":"limited"}')
    const models = await fetch(`${simulator.model.baseUrl}/chat/completions`, { method: 'POST', body: '{}' })
    expect(models.status).toBe(429)
    await post({ do: 'clearFaults' })
    expect(await until(/"faults":(\{[^}]*\})/)).toBe('{}')
    leaving.abort()
  })
})
