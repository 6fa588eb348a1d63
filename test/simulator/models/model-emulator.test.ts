import OpenAI from 'openai'
import { afterEach, expect, test, vi } from 'vitest'
import {
  type ModelEmulator,
  type ModelEmulatorOptions,
  startModelEmulator,
} from '../../../src/simulator/models/index.ts'

const running: ModelEmulator[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((emulator) => emulator.close()))
})

async function start(options: ModelEmulatorOptions = {}): Promise<ModelEmulator> {
  const emulator = await startModelEmulator({ tokensPerSecond: Number.POSITIVE_INFINITY, ...options })
  running.push(emulator)
  return emulator
}

function client(emulator: ModelEmulator, apiKey = 'EMPTY'): OpenAI {
  return new OpenAI({ baseURL: emulator.baseUrl, apiKey, maxRetries: 0, logLevel: 'off' })
}

const hello = { model: 'demo', messages: [{ role: 'user' as const, content: 'Hello there' }] }

async function post(emulator: ModelEmulator, body: unknown): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${emulator.baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: response.status, body: await response.json() }
}

async function read(emulator: ModelEmulator, body: object): Promise<{ text: string; finish: string | null }> {
  const stream = await client(emulator).chat.completions.create({
    ...hello,
    ...body,
    stream: true,
  })
  let text = ''
  let finish: string | null = null
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? ''
    finish = chunk.choices[0]?.finish_reason ?? finish
  }
  return { text, finish }
}

test('the demo model says that it is one, and what reached it', async () => {
  const emulator = await start()
  const { text, finish } = await read(emulator, {
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'First' },
      { role: 'assistant', content: 'Second' },
      { role: 'user', content: 'Show me a table and code' },
    ],
  })
  expect(text).toContain('I am the built-in demo model')
  expect(text).toContain('“Show me a table and code”')
  expect(text).toContain('earlier messages of this conversation: 2')
  expect(text).toContain('system prompt: yes, 9 characters')
  expect(text).toContain('model asked for: demo')
  expect(text).toContain('| Platform |')
  expect(text).toContain('```javascript')
  expect(finish).toBe('stop')
})

test('the stream has the very shape of vLLM’s', async () => {
  const emulator = await start()
  emulator.script({ tokens: ['Hi', ' you'] })
  const response = await fetch(`${emulator.baseUrl}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ ...hello, stream: true, stream_options: { include_usage: true } }),
  })
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  const lines = (await response.text()).split('\n\n').filter((line) => line !== '')
  expect(lines.at(-1)).toBe('data: [DONE]')
  const chunks: unknown[] = lines.slice(0, -1).map((line) => JSON.parse(line.replace('data: ', '')))
  const envelope = {
    id: expect.stringMatching(/^chatcmpl-/),
    object: 'chat.completion.chunk',
    created: expect.any(Number),
    model: 'demo',
  }
  const choice = (delta: object, more: object) => ({
    ...envelope,
    choices: [{ index: 0, delta, logprobs: null, ...more }],
  })
  expect(chunks).toEqual([
    choice({ role: 'assistant', content: '' }, { finish_reason: null }),
    choice({ content: 'Hi' }, { finish_reason: null, token_ids: null }),
    choice({ content: ' you' }, { finish_reason: null, token_ids: null }),
    choice({ content: '' }, { finish_reason: 'stop', stop_reason: null, token_ids: null }),
    { ...envelope, choices: [], usage: { prompt_tokens: 6, total_tokens: 8, completion_tokens: 2 } },
  ])
})

test('answers whole where no stream is asked for, and stops at the limit', async () => {
  const emulator = await start()
  emulator.script({ text: 'one two three four', times: 2 })
  const whole = await client(emulator).chat.completions.create(hello)
  expect(whole.choices[0]).toMatchObject({
    message: { role: 'assistant', content: 'one two three four' },
    finish_reason: 'stop',
  })
  const cut = await client(emulator).chat.completions.create({ ...hello, max_tokens: 2 })
  expect(cut.choices[0]).toMatchObject({ message: { content: 'one two' }, finish_reason: 'length' })
  expect(cut.usage).toMatchObject({ completion_tokens: 2 })
})

test.each([
  [
    'an unknown model',
    { ...hello, model: 'gpt-9' },
    404,
    'NotFoundError',
    'The model `gpt-9` does not exist.',
  ],
  ['no JSON', '{', 400, 'BadRequestError', 'JSON decode error'],
  ['no messages', { model: 'demo' }, 400, 'BadRequestError', 'messages'],
  ['a misspelt parameter', { ...hello, temprature: 1 }, 400, 'BadRequestError', 'temprature'],
  ['both prompts', { ...hello, continue_final_message: true }, 400, 'BadRequestError', 'Cannot set both'],
  ['an empty salt', { ...hello, cache_salt: '' }, 400, 'BadRequestError', 'non-empty string'],
  ['stream options alone', { ...hello, stream_options: {} }, 400, 'BadRequestError', 'Stream options'],
  [
    'too much context',
    { ...hello, max_tokens: 40_000 },
    400,
    'BadRequestError',
    "This model's maximum context length is 32768 tokens. However, you requested 40000 output tokens and your " +
      'prompt contains at least 6 input tokens, for a total of at least 40006 tokens.',
  ],
])('refuses %s as vLLM does', async (_name, body, status, type, message) => {
  const emulator = await start()
  expect(await post(emulator, body)).toEqual({
    status,
    body: {
      error: {
        message: expect.stringContaining(message),
        type,
        param: expect.toBeOneOf([null, expect.any(String)]),
        code: status,
      },
    },
  })
})

test('takes the parameters that only vLLM knows', async () => {
  const emulator = await start({ priorities: true })
  const body = { ...hello, priority: 3, cache_salt: 'pepper', top_k: 20, min_p: 0.1, repetition_penalty: 1.1 }
  expect(await post(emulator, body)).toMatchObject({ status: 200 })
  expect(emulator.requests[0]?.body).toMatchObject({ priority: 3, cache_salt: 'pepper' })
})

test('the key guards /v1 alone', async () => {
  const emulator = await start({ apiKey: 'sesame' })
  const models = await fetch(`${emulator.baseUrl}/models`)
  expect([models.status, await models.json()]).toEqual([401, { error: 'Unauthorized' }])
  expect((await fetch(`${emulator.url}/health`)).status).toBe(200)
  const listed = await client(emulator, 'sesame').models.list()
  expect(listed.data).toMatchObject([{ id: 'demo', owned_by: 'vllm', max_model_len: 32_768 }])
})

test('goes on exactly where the answer stands, as often as it is broken', async () => {
  const emulator = await start()
  emulator.script({
    text: 'The quick brown fox jumps over the lazy dog.',
    trouble: { kind: 'cut', afterTokens: 3, how: 'end' },
  })
  emulator.script({ for: 'continuation', trouble: { kind: 'cut', afterTokens: 2, how: 'done' } })
  let text = ''
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const { messages } = hello
    const answer = await read(
      emulator,
      text === ''
        ? {}
        : {
            messages: [...messages, { role: 'assistant', content: text }],
            continue_final_message: true,
            add_generation_prompt: false,
          },
    )
    expect(answer.finish).toBe(attempt === 2 ? 'stop' : null)
    text += answer.text
  }
  expect(text).toBe('The quick brown fox jumps over the lazy dog.')
})

test('the demo model’s answer is continued too', async () => {
  const emulator = await start()
  const { text } = await read(emulator, {})
  const begun = text.slice(0, 101)
  const rest = await read(emulator, {
    messages: [...hello.messages, { role: 'assistant', content: begun }],
    continue_final_message: true,
    add_generation_prompt: false,
  })
  expect(begun + rest.text).toBe(text)
})

test('counts who is served and who waits, and notices who hangs up', async () => {
  const emulator = await start({ maxRunning: 1 })
  emulator.script({ trouble: { kind: 'hang' }, times: 2 })
  const changed = vi.fn()
  emulator.onChange(changed)
  const first = new AbortController()
  const second = new AbortController()
  const waits = [first, second].map(({ signal }) =>
    client(emulator)
      .chat.completions.create({ ...hello, stream: true }, { signal })
      .catch((error: unknown) => error),
  )
  const metrics = async (): Promise<string> => (await fetch(`${emulator.url}/metrics`)).text()
  await vi.waitFor(async () => {
    expect(await metrics()).toMatch(/num_requests_running\{.*\} 1\.0\n/)
    expect(await metrics()).toMatch(/num_requests_waiting\{.*\} 1\.0\n/)
  })
  expect(emulator.requests.map(({ aborted }) => aborted)).toEqual([false, false])
  first.abort()
  second.abort()
  await Promise.all(waits)
  await vi.waitFor(() => expect(emulator.requests.map(({ aborted }) => aborted)).toEqual([true, true]))
  expect(await metrics()).toMatch(/num_requests_running\{.*\} 0\.0\n/)
  expect(changed).toHaveBeenCalled()
})

test('keeps the pace it is told', async () => {
  const emulator = await start()
  emulator.script({
    tokens: Array.from({ length: 10 }, () => 'x'),
    tokensPerSecond: 50,
    firstTokenDelayMs: 60,
  })
  await read(emulator, {})
  const [request] = emulator.requests
  expect((request?.firstTokenAt ?? 0) - (request?.startedAt ?? 0)).toBeGreaterThanOrEqual(58)
  expect((request?.endedAt ?? 0) - (request?.firstTokenAt ?? 0)).toBeGreaterThanOrEqual(195)
})

test('thinks aloud where asked to, in the field asked for', async () => {
  const emulator = await start()
  emulator.script({ text: 'Yes.', reasoning: 'Hmm.', reasoningField: 'reasoning_content' })
  const answer = await post(emulator, hello)
  expect(answer.body).toMatchObject({
    choices: [{ message: { content: 'Yes.', reasoning_content: 'Hmm.' } }],
  })
})

test('counts tokens as /tokenize says', async () => {
  const emulator = await start()
  const response = await fetch(`${emulator.url}/tokenize`, { method: 'POST', body: JSON.stringify(hello) })
  expect(await response.json()).toMatchObject({ count: 6, max_model_len: 32_768 })
})
