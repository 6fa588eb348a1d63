import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bodyOf } from '../../src/core/response-body.ts'
import { startWireServer, type WireServer } from '../../src/simulator/wire-server.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

const file = Buffer.alloc(300_000, 7)
const never = new AbortController().signal
let server: WireServer

beforeEach(async () => {
  server = await startWireServer({
    handle(request, { response }) {
      if (request.path === '/whole') return { status: 200, body: file }
      response.writeHead(200, { 'content-length': String(file.length) })
      response.write(file.subarray(0, 100_000), () => response.destroy())
      return 'handled'
    },
  })
})
afterEach(() => server.close())

async function open(path: string): Promise<AsyncIterable<Uint8Array>> {
  return bodyOf(await fetch(`${server.url}${path}`), never)
}

async function read(stream: AsyncIterable<Uint8Array>): Promise<number> {
  let size = 0
  for await (const chunk of stream) size += chunk.length
  return size
}

test('a body is whole, however late it is read and whatever is collected as garbage before', async () => {
  const stream = await open('/whole')
  for (let round = 0; round < 5; round++) {
    collectGarbage()
    await delay(5)
  }
  expect(await read(stream)).toBe(file.length)
})

test('a body that breaks off is a failure that passes, not a short file', async () => {
  const reading = read(await open('/cut'))
  await expect(reading).rejects.toMatchObject({ code: 'platform_unreachable', retry: { kind: 'later' } })
})
