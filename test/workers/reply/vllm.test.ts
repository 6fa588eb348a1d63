import { describe, expect, test, vi } from 'vitest'
import { answer, ask, collect, never, replyModel, serverAt, start, textOf } from './asking.ts'

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
  expect(listed).toEqual([{ name: 'big', contextLength: 131_072, kind: 'vllm', abilities: {} }])
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
