import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type ModelEmulator, startModelEmulator } from '../../src/simulator/models/index.ts'
import { type Chat, shown } from '../support/chats/chat.ts'
import { startTelegramChat } from '../support/chats/telegram.ts'
import { startTestHub, type TestHub } from '../support/hub.ts'

const EMAIL = 'owner@example.org'
const PASSWORD = 'a long enough password'

describe('an admin', () => {
  let chat: Chat
  let model: ModelEmulator
  let hub: TestHub
  let token: string

  beforeAll(async () => {
    chat = await startTelegramChat()
    model = await startModelEmulator({
      models: [
        { id: 'small', contextLength: 8192 },
        { id: 'large', contextLength: 32_768 },
      ],
    })
    hub = await startTestHub({
      ...chat.environment,
      LLM_BASE_URL: model.baseUrl,
      LLM_MODEL: 'small',
      ADMIN_EMAIL: EMAIL,
      ADMIN_PASSWORD: PASSWORD,
    })
    const login = await call('POST', '/login', { email: EMAIL, password: PASSWORD })
    token = login.token
    await vi.waitFor(async () => expect(await call('GET', '/models')).not.toHaveLength(0), {
      timeout: 10_000,
    })
  })
  afterAll(async () => {
    await hub?.close()
    await chat?.close()
    await model?.close()
  })

  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${hub.url}/api/v1${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return JSON.parse(await response.text())
  }
  const workspace = async (): Promise<string> => (await call('GET', '/workspaces'))[0].id
  const asked = () => model.requests.at(-1)?.body

  it('sees a workspace before anybody writes in it', async () => {
    await vi.waitFor(async () => {
      expect(await call('GET', '/workspaces')).toMatchObject([
        { platform: 'telegram', name: expect.any(String) },
      ])
    })
  })

  it('changes model, prompt and temperature, and the next message is answered by them', async () => {
    const talk = chat.direct()
    model.script({ text: 'From the small one.' })
    talk.say('hello')
    await shown(chat, talk, 'From the small one.')
    expect(asked()?.model).toBe('small')

    const id = await workspace()
    const changed = await call('PATCH', `/workspaces/${id}/settings`, {
      model: 'large',
      systemPrompt: 'Speak like a pirate.',
      temperature: 0.1,
    })
    expect(changed).toMatchObject({
      own: { model: 'large' },
      effective: { model: 'large', temperature: 0.1 },
    })
    model.script({ text: 'Arr, the large one.' })
    talk.say('again')
    await shown(chat, talk, 'Arr, the large one.', 2)
    expect(asked()).toMatchObject({ model: 'large', temperature: 0.1 })
    expect(asked()?.messages[0]).toMatchObject({ role: 'system', content: 'Speak like a pirate.' })

    await call('PATCH', `/workspaces/${id}/settings`, { model: null, systemPrompt: null, temperature: null })
    model.script({ text: 'Small again.' })
    talk.say('and now?')
    await shown(chat, talk, 'Small again.', 3)
    expect(asked()?.model).toBe('small')
  })

  it('is told which models there are when the one asked for is none of them', async () => {
    const refused = await call('PATCH', `/workspaces/${await workspace()}/settings`, { model: 'huge' })
    expect(refused.error.fields.model).toMatch(/large.*small/)
  })

  it('reads why a message was answered', async () => {
    const talk = chat.direct()
    model.script({ text: 'Because.' })
    talk.say('why?')
    await shown(chat, talk, 'Because.')
    const { rows } = await hub.hub.storage.database.pool.query<{ id: string }>(
      "select id from messages where text = 'why?'",
    )
    await vi.waitFor(async () => {
      const decisions = await call('GET', `/messages/${rows[0]?.id}/decisions`)
      expect(decisions.map(({ code }: { code: string }) => code)).toEqual([
        'received',
        'addressed',
        'queued',
        'started',
        'model',
        'answered',
      ])
    })
  })

  it('finds the bot speaking Portuguese where the workspace is set so', async () => {
    const id = await workspace()
    await call('PATCH', `/workspaces/${id}/settings`, { language: 'pt' })
    const talk = chat.direct()
    talk.say('/stop')
    await shown(chat, talk, /parar|nada/i)
    await call('PATCH', `/workspaces/${id}/settings`, { language: null })
  })
})
