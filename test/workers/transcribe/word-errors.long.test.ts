import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ServerId } from '../../../src/model/ids.ts'
import { createPrepareAudio } from '../../../workers/transcribe/audio.ts'
import { openTranscribe } from '../../../workers/transcribe/whisper.ts'
import { speak, speechMissing } from '../../support/speech.ts'
import { wordErrors } from './word-errors.ts'

const run = promisify(execFile)
/** Of Debian's packages pocketsphinx and pocketsphinx-en-us. It hears English only. */
const RECOGNIZER = 'pocketsphinx_continuous'
const missing = speechMissing ?? (spawnSync(RECOGNIZER).error ? `${RECOGNIZER} is not installed` : undefined)

const SENTENCES = [
  'the weather is very nice today',
  'please open the window in the kitchen',
  'we will meet again on monday morning',
  'he wants to buy a new car this year',
  'the train leaves at seven in the evening',
  'my brother lives in a small town',
  'how many people are coming to dinner',
  'the report must be ready by friday',
  'she has been working here for ten years',
  'turn left at the end of the street',
  'the doctor told him to drink more water',
  'nobody knows what will happen next',
  'the children are playing in the garden',
  'could you send me the address again',
  'the price of oil went up last month',
  'they decided to stay at home',
  'the first question is always the hardest',
  'there is a letter for you on the table',
  'I would like to have a cup of coffee',
  'the president will speak to the nation tonight',
  'it takes two hours to drive to the city',
  'the old bridge was closed for a week',
]

describe.skipIf(missing)('what a real recognizer hears through the hub', () => {
  let directory: string
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      const headers = { 'content-type': request.headers['content-type'] ?? '' }
      const form = await new Response(new Uint8Array(await buffer(request)), { headers }).formData()
      const file = form.get('file')
      if (!(file instanceof File)) throw new Error('no file')
      const path = join(directory, 'heard.wav')
      await writeFile(path, Buffer.from(await file.arrayBuffer()))
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ text: await recognize(path) }))
    }
    answer().catch((error: unknown) => {
      response.statusCode = 500
      response.end(String(error))
    })
  })

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'brainall-wer-'))
    await once(server.listen(0, '127.0.0.1'), 'listening')
  })
  afterAll(async () => {
    server.close()
    await rm(directory, { recursive: true, force: true })
  })

  it('is no worse than what it hears of the sound itself', async () => {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const speech = {
      id: 'recognizer' as ServerId,
      name: 'recognizer',
      baseUrl: `http://127.0.0.1:${address.port}/v1`,
    }
    const prepare = createPrepareAudio()
    const { transcribe, close } = openTranscribe()
    const sums = { chain: 0, direct: 0, words: 0 }
    try {
      for (const said of SENTENCES) {
        const signal = AbortSignal.timeout(60_000)
        const limits = { maxBytes: 10_000_000, maxDurationMs: 60_000 }
        const audio = await prepare(inOne(speak(said)), limits, signal)
        const heard = await transcribe({ server: speech, audio }, signal)
        await audio.dispose()
        const wav = join(directory, 'direct.wav')
        execFileSync('sh', [
          '-c',
          `espeak-ng --stdout "$1" | sox -q - -r 16000 -c 1 -b 16 "$2"`,
          '-',
          said,
          wav,
        ])
        const chain = wordErrors(said, heard.text)
        sums.chain += chain.errors
        sums.direct += wordErrors(said, await recognize(wav)).errors
        sums.words += chain.words
      }
    } finally {
      await close()
    }
    const rate = (errors: number) => errors / sums.words
    process.stdout.write(
      `${JSON.stringify({
        sentences: SENTENCES.length,
        words: sums.words,
        wordErrorRate: Number(rate(sums.chain).toFixed(3)),
        withoutTheHub: Number(rate(sums.direct).toFixed(3)),
      })}\n`,
    )
    expect(rate(sums.chain)).toBeLessThan(rate(sums.direct) + 0.1)
  }, 300_000)
})

async function recognize(path: string): Promise<string> {
  const { stdout } = await run(RECOGNIZER, ['-infile', path, '-logfn', '/dev/null'], { timeout: 60_000 })
  return stdout.trim().replaceAll('\n', ' ')
}

async function* inOne(data: Buffer): AsyncGenerator<Uint8Array> {
  yield data
}
