import { createServer } from 'node:net'
import { describe, expect, test, vi } from 'vitest'
import type { ReplyChunk } from '../../../src/ports/reply-model.ts'
import { answer, ask, collect, never, replyModel, serverAt, start, textOf } from './asking.ts'

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
