import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ModelEmulator, startModelEmulator } from '../../../src/simulator/models/index.ts'
import { openReplyModel } from '../../../workers/reply/vllm.ts'

const models = [
  { id: 'qwen', contextLength: 16_384, abilities: { vision: true, tools: true, reasoning: false } },
]

describe('a model server that is asked what it has', () => {
  let emulator: ModelEmulator | undefined
  let client: ReturnType<typeof openReplyModel>
  const signal = AbortSignal.timeout(10_000)
  const start = async (ownedBy: string) => {
    emulator = await startModelEmulator({ models, ownedBy })
    return { id: 's', name: 'gpu', baseUrl: emulator.baseUrl }
  }
  beforeEach(() => {
    client = openReplyModel()
  })
  afterEach(async () => {
    await client.close()
    await emulator?.close()
  })

  it.each([
    ['vllm', 'vllm', {}],
    ['llamacpp', 'llamacpp', { vision: true, tools: true, reasoning: false }],
    ['library', 'ollama', { vision: true, tools: true, reasoning: false }],
    ['acme', 'other', {}],
  ])('says of itself as %s what it can do and how much it takes', async (ownedBy, kind, abilities) => {
    const [model] = await client.list(await start(ownedBy), signal)
    expect(model).toMatchObject({ name: 'qwen', kind, abilities })
    expect(model?.contextLength).toBe(kind === 'other' ? undefined : 16_384)
  })

  it('tells how busy it is, and that its engine died', async () => {
    const server = { ...(await start('vllm')), kind: 'vllm' } as const
    expect(await client.load(server, signal)).toEqual({ running: 0, waiting: 0, cacheUse: 0 })
    emulator?.faults.add({ match: /health/, times: 1, effect: { kind: 'answer', status: 503 } })
    await expect(client.load(server, signal)).rejects.toMatchObject({ code: 'model_unreachable' })
  })
})
