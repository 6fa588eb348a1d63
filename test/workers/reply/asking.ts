import { afterEach } from 'vitest'
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

export function replyModel(options: ReplyModelOptions = {}) {
  const model = openReplyModel(options)
  open.push(model)
  return model
}

export async function start(options: ModelEmulatorOptions = {}): Promise<ModelEmulator> {
  const emulator = await startModelEmulator({ tokensPerSecond: Number.POSITIVE_INFINITY, ...options })
  open.push(emulator)
  return emulator
}

export function serverAt(baseUrl: string, apiKey?: string): ModelServer {
  return { id: 'one', name: 'GPU one', baseUrl, ...(apiKey === undefined ? {} : { apiKey }) }
}

export function ask(baseUrl: string, more: Partial<ReplyRequest> = {}): ReplyRequest {
  return {
    server: serverAt(baseUrl),
    model: 'demo',
    messages: [{ role: 'user', content: 'Hello there' }],
    ...more,
  }
}

export const never = new AbortController().signal

export async function collect(
  chunks: AsyncIterable<ReplyChunk>,
): Promise<{ chunks: ReplyChunk[]; error: unknown }> {
  const seen: ReplyChunk[] = []
  try {
    for await (const chunk of chunks) seen.push(chunk)
    return { chunks: seen, error: undefined }
  } catch (error) {
    return { chunks: seen, error }
  }
}

export function textOf(chunks: readonly ReplyChunk[]): string {
  return chunks.map((chunk) => (chunk.kind === 'text' ? chunk.text : '')).join('')
}

export async function answer(
  emulator: ModelEmulator,
  more: Partial<ReplyRequest> = {},
  options: ReplyModelOptions = {},
) {
  return collect(replyModel(options).stream(ask(emulator.baseUrl, more), never))
}
