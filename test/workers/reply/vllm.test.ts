import { createServer } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { ModelServer, ReplyChunk, ReplyRequest } from '../../../src/ports/reply-model.ts'
import {
  type ModelEmulator,
  type ModelEmulatorOptions,
  startModelEmulator,
} from '../../../src/simulator/models/index.ts'
import { openReplyModel, type ReplyModelOptions } from '../../../workers/reply/vllm.ts'

const open: { close(): Promise<void> }[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((part) => part.close()))
})

function replyModel(options: ReplyModelOptions = {}) {
  const model = openReplyModel(options)
  open.push(model)
  return model
}

async function start(options: ModelEmulatorOptions = {}): Promise<ModelEmulator> {
  const emulator = await startModelEmulator({ tokensPerSecond: Number.POSITIVE_INFINITY, ...options })
  open.push(emulator)
  return emulator
}

function serverAt(baseUrl: string, apiKey?: string): ModelServer {
  return { id: 'one', name: 'GPU one', baseUrl, ...(apiKey === undefined ? {} : { apiKey }) }
}

function ask(baseUrl: string, more: Partial<ReplyRequest> = {}): ReplyRequest {
  return {
    server: serverAt(baseUrl),
    model: 'demo',
    messages: [{ role: 'user', content: 'Hello there' }],
    ...more,
  }
}

const never = new AbortController().signal

async function collect(chunks: AsyncIterable<ReplyChunk>): Promise<{ chunks: ReplyChunk[]; error: unknown }> {
  const seen: ReplyChunk[] = []
  try {
    for await (const chunk of chunks) seen.push(chunk)
    return { chunks: seen, error: undefined }
  } catch (error) {
    return { chunks: seen, error }
  }
}

function textOf(chunks: readonly ReplyChunk[]): string {
  return chunks.map((chunk) => (chunk.kind === 'text' ? chunk.text : '')).join('')
}

async function answer(
  emulator: ModelEmulator,
  more: Partial<ReplyRequest> = {},
  options: ReplyModelOptions = {},
) {
  return collect(replyModel(options).stream(ask(emulator.baseUrl, more), never))
}

test('streams text, thoughts, usage and the end', async () => {
  const emulator = await start()
  for (const reasoningField of ['reasoning', 'reasoning_content'] as const) {
    emulator.script({ tokens: ['Hi', ' you'], reasoning: 'Hmm', reasoningField })
    expect(await answer(emulator, { temperature: 0.5, maxOutputTokens: 50 })).toEqual({
      chunks: [
        { kind: 'reasoning', text: 'Hmm' },
        { kind: 'text', text: 'Hi' },
        { kind: 'text', text: ' you' },
        { kind: 'usage', promptTokens: 6, completionTokens: 3 },
        { kind: 'end', reason: 'stop' },
      ],
      error: undefined,
    })
  }
  expect(emulator.requests[0]?.body).toMatchObject({ temperature: 0.5, max_tokens: 50 })
})

test('says that an answer reached its limit, and that one is empty', async () => {
  const emulator = await start()
  emulator.script({ text: 'one two three' })
  emulator.script({ text: '' })
  expect((await answer(emulator, { maxOutputTokens: 1 })).chunks.at(-1)).toEqual({
    kind: 'end',
    reason: 'length',
  })
  const empty = await answer(emulator)
  expect([textOf(empty.chunks), empty.chunks.at(-1)]).toEqual(['', { kind: 'end', reason: 'stop' }])
})

test('lists models with their context', async () => {
  const emulator = await start({ apiKey: 'sesame', models: [{ id: 'big', contextLength: 131_072 }] })
  const listed = await replyModel().list(serverAt(emulator.baseUrl, 'sesame'), never)
  expect(listed).toEqual([{ name: 'big', contextLength: 131_072 }])
  await expect(replyModel().list(serverAt(emulator.baseUrl), never)).rejects.toMatchObject({
    code: 'model_unauthorized',
    retry: { kind: 'never' },
    sentence: { key: 'model.unauthorized' },
  })
})

describe('refusals before the first byte', () => {
  const html = { status: 502, headers: { 'content-type': 'text/html' }, body: '<html>Bad gateway</html>' }
  test.each([
    [
      '500',
      { status: 500, body: { error: { message: 'x', type: 'InternalServerError', code: 500 } } },
      'unreachable',
      'later',
    ],
    ['503', { status: 503, body: { error: { message: 'queue full', code: 503 } } }, 'overloaded', 'later'],
    ['429', { status: 429, headers: { 'retry-after': '7' }, body: {} }, 'overloaded', 'after'],
    ['a proxy’s 502 page', html, 'unreachable', 'later'],
    ['a page with 200', { ...html, status: 200 }, 'garbage', 'later'],
    ['a page with 404', { ...html, status: 404 }, 'garbage', 'later'],
    [
      'a redirect to a log-in page',
      { status: 302, headers: { location: 'http://127.0.0.1:9/' }, body: '' },
      'garbage',
      'later',
    ],
    ['JSON where a stream was asked for', { status: 200, body: { choices: [] } }, 'garbage', 'later'],
    ['401', { status: 401, body: { error: 'Unauthorized' } }, 'unauthorized', 'never'],
    [
      '400',
      { status: 400, body: { error: { message: 'temperature', code: 400 } } },
      'refused_request',
      'never',
    ],
    ['422', { status: 422, body: { detail: 'no' } }, 'refused_request', 'never'],
  ] as const)('%s', async (_name, body, kind, retry) => {
    const emulator = await start()
    emulator.script({ trouble: { kind: 'answer', ...body } })
    const { chunks, error } = await answer(emulator)
    expect(chunks).toEqual([])
    expect(error).toMatchObject({
      code: `model_${kind}`,
      retry: { kind: retry },
      sentence: { key: `model.${kind}` },
      message: expect.stringMatching(/^GPU one: /),
    })
    expect(emulator.requests).toHaveLength(1)
  })

  test('a 429 is obeyed to the millisecond', async () => {
    const emulator = await start()
    emulator.script({ trouble: { kind: 'answer', status: 429, headers: { 'retry-after': '1.5' }, body: {} } })
    expect((await answer(emulator)).error).toMatchObject({ retry: { kind: 'after', ms: 1500 } })
  })

  test('a model that is gone, and a prompt that does not fit', async () => {
    const emulator = await start({ models: [{ id: 'demo', contextLength: 64 }] })
    expect((await answer(emulator, { model: 'gone' })).error).toMatchObject({
      code: 'model_unknown',
      sentence: { key: 'model.unknown', values: { model: 'gone' } },
    })
    const messages = [{ role: 'user', content: 'secret words '.repeat(100) }] as const
    const { error } = await answer(emulator, { messages })
    expect(error).toMatchObject({
      code: 'model_context_overflow',
      retry: { kind: 'never' },
      message: expect.stringContaining('limit 64 tokens'),
    })
    expect(String(error)).not.toContain('secret words')
  })

  test('nobody listens, no such host, no TLS, and a connection cut at once', async () => {
    const emulator = await start()
    const { port } = emulator
    emulator.faults.add({ match: /chat/, effect: { kind: 'cut' }, times: 1 })
    const cut = await answer(emulator)
    await emulator.close()
    for (const [baseUrl, words] of [
      [`http://127.0.0.1:${port}/v1`, 'connection refused'],
      ['http://no-such-host.invalid/v1', 'host name'],
      ['not an address', ''],
    ] as const) {
      const { error } = await collect(replyModel().stream(ask(baseUrl), never))
      expect(error).toMatchObject({ code: 'model_unreachable', message: expect.stringContaining(words) })
    }
    expect(cut.error).toMatchObject({ code: 'model_unreachable', retry: { kind: 'later' } })
    const plain = await start()
    const tls = await collect(replyModel().stream(ask(plain.baseUrl.replace('http:', 'https:')), never))
    expect(tls.error).toMatchObject({ code: 'model_unreachable' })
  })
})

describe('streams that go wrong', () => {
  test.each(['reset', 'end', 'done'] as const)('cut off (%s)', async (how) => {
    const emulator = await start()
    const trouble = { kind: 'cut', afterTokens: 2, how } as const
    emulator.script({ text: 'one two three', tokensPerSecond: 50, trouble })
    const { chunks, error } = await answer(emulator)
    expect(textOf(chunks)).toBe('one two')
    expect(error).toMatchObject({ code: 'model_stream_cut', retry: { kind: 'later' } })
    expect(chunks.some(({ kind }) => kind === 'end')).toBe(false)
  })

  test('an error inside, with and without text before it', async () => {
    const emulator = await start()
    const trouble = { kind: 'error', message: 'EngineCore died', code: 500 } as const
    emulator.script({ text: 'one two three', tokensPerSecond: 50, trouble: { ...trouble, afterTokens: 2 } })
    emulator.script({ text: 'one', trouble: { ...trouble, afterTokens: 0 } })
    expect((await answer(emulator)).error).toMatchObject({ code: 'model_stream_cut' })
    expect((await answer(emulator)).error).toMatchObject({ code: 'model_unreachable' })
  })

  test.each([
    ['malformed JSON', 'data: {"choi\n\n'],
    ['another shape', 'data: {"choices":"none"}\n\n'],
    ['a line of ten megabytes', `data: ${'x'.repeat(10 * 1024 * 1024)}\n\n`],
    ['a line without an end, in pieces', 'data: x\n'.repeat(400_000)],
  ])('%s', async (_name, bytes) => {
    const emulator = await start()
    emulator.script({
      text: 'one two three',
      tokensPerSecond: 50,
      trouble: { kind: 'raw', afterTokens: 1, bytes },
    })
    const { chunks, error } = await answer(emulator)
    expect(error).toMatchObject({ code: 'model_garbage', sentence: { key: 'model.garbage' } })
    expect(textOf(chunks)).toBe('one')
    await vi.waitFor(() => expect(emulator.requests[0]?.endedAt).toBeDefined())
  })

  test('comments and empty lines mean nothing', async () => {
    const emulator = await start()
    emulator.script({
      text: 'one two',
      trouble: { kind: 'raw', afterTokens: 1, bytes: ': ping\n\n\r\n\n: ping\n\n' },
    })
    expect(textOf((await answer(emulator)).chunks)).toBe('one two')
  })

  test('an endless answer is ended, and its connection with it', async () => {
    const emulator = await start()
    emulator.script({ text: 'again and ', trouble: { kind: 'endless' } })
    const { chunks, error } = await answer(emulator, {}, { maxAnswerChars: 5000 })
    expect(error).toBeUndefined()
    expect(chunks.at(-1)).toEqual({ kind: 'end', reason: 'length' })
    await vi.waitFor(() => expect(emulator.requests[0]?.aborted).toBe(true))
  })
})

describe('waits', () => {
  test.each([
    ['no answer at all', {}, { firstTokenMs: 80 }, ''],
    ['no token after the headers', { firstTokenDelayMs: 60_000 }, { firstTokenMs: 80 }, ''],
    ['no token after some', { tokens: ['one', ' two'] }, { betweenTokensMs: 80 }, 'one'],
  ] as const)('%s', async (_name, reply, limits, text) => {
    const emulator = await start()
    const tokens = 'tokens' in reply
    const waits = 'firstTokenDelayMs' in reply
    emulator.script({
      ...reply,
      ...(waits ? {} : { trouble: { kind: 'hang', ...(tokens ? { afterTokens: 1 } : {}) } }),
    })
    const { chunks, error } = await answer(emulator, {}, limits)
    expect(error).toMatchObject({ code: 'model_timeout', sentence: { key: 'model.timeout' } })
    expect(textOf(chunks)).toBe(text)
    await vi.waitFor(() => expect(emulator.requests[0]?.aborted).toBe(true))
  })

  test('a server that accepts and says nothing', async () => {
    const silent = createServer()
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const sockets: { destroy(): void }[] = []
    silent.on('connection', (socket) => sockets.push(socket))
    const address = silent.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const model = replyModel({ firstTokenMs: 80, listMs: 80 })
    const { error } = await collect(model.stream(ask(`http://127.0.0.1:${port}/v1`), never))
    expect(error).toMatchObject({ code: 'model_timeout' })
    await expect(model.list(serverAt(`http://127.0.0.1:${port}/v1`), never)).rejects.toMatchObject({
      code: 'model_timeout',
    })
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => silent.close(resolve))
  })

  test('a slow reader is not taken for a slow server', async () => {
    const emulator = await start()
    emulator.script({ tokens: ['one', ' two', ' three'] })
    const limits = { firstTokenMs: 5000, betweenTokensMs: 150 }
    let text = ''
    for await (const chunk of replyModel(limits).stream(ask(emulator.baseUrl), never)) {
      if (chunk.kind === 'text') text += chunk.text
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    expect(text).toBe('one two three')
  })

  test('an abort throws its own reason, before and during the stream, and hangs up', async () => {
    const emulator = await start()
    emulator.script({ text: 'one two', trouble: { kind: 'hang', afterTokens: 1 } })
    const controller = new AbortController()
    const seen: ReplyChunk[] = []
    const reading = (async () => {
      for await (const chunk of replyModel().stream(ask(emulator.baseUrl), controller.signal)) {
        seen.push(chunk)
        if (chunk.kind === 'text') setImmediate(() => controller.abort(new Error('stopped by Ada')))
      }
    })()
    await expect(reading).rejects.toThrow('stopped by Ada')
    expect(textOf(seen)).toBe('one')
    await vi.waitFor(() => expect(emulator.requests[0]?.aborted).toBe(true))
    const again = await collect(replyModel().stream(ask(emulator.baseUrl), controller.signal))
    expect(again.error).toBe(controller.signal.reason)
    expect(emulator.requests).toHaveLength(1)
  })

  test('a reader who leaves hangs up', async () => {
    const emulator = await start()
    emulator.script({ text: 'again and ', trouble: { kind: 'endless' } })
    for await (const chunk of replyModel().stream(ask(emulator.baseUrl), never)) {
      if (chunk.kind === 'text') break
    }
    await vi.waitFor(() => expect(emulator.requests[0]?.aborted).toBe(true))
  })
})

describe('going on with an interrupted answer', () => {
  const full = 'First line.\n\nSecond line, and the end.'

  test.each([
    ['in mid-word', 'First li'],
    ['after a space', 'First '],
    ['between paragraphs', 'First line.\n\n'],
    ['inside a break', 'First line.\n'],
  ])('%s', async (_name, continueFrom) => {
    const emulator = await start()
    emulator.script({ text: full, trouble: { kind: 'cut', afterTokens: 0, how: 'end' } })
    await answer(emulator)
    const { chunks, error } = await answer(emulator, { continueFrom })
    expect(error).toBeUndefined()
    expect(chunks[0]).toEqual({ kind: 'continuation', honoured: true })
    expect(continueFrom + textOf(chunks)).toBe(full)
    expect(emulator.requests[1]?.body).toMatchObject({
      continue_final_message: true,
      add_generation_prompt: false,
      messages: [{ role: 'user' }, { role: 'assistant', content: continueFrom.trimEnd() }],
    })
  })

  test('a server that refuses to continue is asked afresh', async () => {
    const emulator = await start({ continuation: 'refused' })
    emulator.script({ text: full })
    const { chunks } = await answer(emulator, { continueFrom: 'First li' })
    expect(chunks[0]).toEqual({ kind: 'continuation', honoured: false })
    expect(textOf(chunks)).toBe(full)
    expect(emulator.requests[1]?.body.messages).toHaveLength(1)
  })

  test('a server other than vLLM is not asked to', async () => {
    const emulator = await start({ ownedBy: 'llamacpp', continuation: 'ignored' })
    emulator.script({ text: full })
    const { chunks } = await answer(emulator, { continueFrom: 'First li' })
    expect(chunks[0]).toEqual({ kind: 'continuation', honoured: false })
    expect(textOf(chunks)).toBe(full)
    expect(emulator.requests).toHaveLength(1)
    expect(emulator.requests[0]?.body).not.toHaveProperty('continue_final_message')
  })

  test('who the server is, is asked once', async () => {
    const emulator = await start()
    emulator.script({ text: full, times: 2, for: 'any' })
    const asked: string[] = []
    emulator.onRequest(({ path }) => asked.push(path))
    const model = replyModel()
    for (let round = 0; round < 2; round += 1) {
      await collect(model.stream(ask(emulator.baseUrl, { continueFrom: 'First li' }), never))
    }
    expect(asked.filter((path) => path === '/v1/models')).toHaveLength(1)
  })

  test('a prompt too long for continuing is not tried again without it', async () => {
    const emulator = await start({ models: [{ id: 'demo', contextLength: 16 }] })
    const { chunks, error } = await answer(emulator, {
      continueFrom: 'one two three four five six seven eight nine',
    })
    expect(chunks).toEqual([])
    expect(error).toMatchObject({ code: 'model_context_overflow' })
    expect(emulator.requests).toHaveLength(1)
  })
})
