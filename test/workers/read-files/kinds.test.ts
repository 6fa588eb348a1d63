import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { unzipSync, type Zippable, zipSync } from 'fflate'
import sharp from 'sharp'
import { afterAll, expect, test } from 'vitest'
import { createFileReader } from '../../../workers/read-files/file-reader.ts'
import type { Reading } from '../../../workers/read-files/reading.ts'
import { createRecordingLogger } from '../../support/recording-logger.ts'

const reader = createFileReader({ concurrency: 2, log: createRecordingLogger() })
afterAll(() => reader.close())

const read = (name: string, data: Buffer, mimeType?: string): Promise<Reading> =>
  reader.read({ name, data, ...(mimeType === undefined ? {} : { mimeType }) }, AbortSignal.timeout(60_000))
const fixture = (name: string): Promise<Buffer> => readFile(new URL(`files/${name}`, import.meta.url))

/** Each section as `unit name: text`. */
function shown(reading: Reading): string[] {
  if (reading.outcome === 'fault') return [reading.fault]
  return reading.sections.map(({ unit, name, text }) => `${unit} ${name}: ${text}`)
}

test.each([
  [
    'report.pdf',
    'pdf',
    [
      'page 1: Page one\nThe quarterly review of Acme, page one, mentions zebras.',
      'page 2: On page two the keyword is pineapple; total 1,234.56 EUR.',
      'page 3: Página três: ação, coração, informação.',
    ],
  ],
  [
    'slides.pptx',
    'pptx',
    [
      'slide 1: Relatório trimestral',
      'slide 2: Resumo\nA equipa de Lisboa entregou 42 encomendas em março. Größe und Übermut: ñandú, œuvre, 東京.',
      'slide 3: Budget\nItem\tCost\nLaptops\t12,400\nTravel\t3,150',
      'slide 4: First point\nSecond point with a link',
      'slide 5: Closing\nThe launch code word is marmalade.',
    ],
  ],
  [
    'book.xlsx',
    'xlsx',
    [
      'sheet Budget 2026: Item\tCost\tDue\nLaptops\t12400\t2026-03-01\nViagens\t3150.5\t2026-04-15\nSum',
      'sheet Pessoas: Name\tCity\nJoão\tLisboa',
    ],
  ],
])('%s is read by its pages, slides or sheets', async (name, kind, sections) => {
  const reading = await read(name, await fixture(name))
  expect(shown(reading)).toEqual(sections)
  expect(reading).toMatchObject({ kind, truncated: false })
})

test.each(['report.docx', 'page.html'])('%s keeps its headings, table and list', async (name) => {
  const [text = ''] = shown(await read(name, await fixture(name)))
  for (const piece of [
    'Relatório trimestral',
    'Größe und Übermut: ñandú, œuvre, 東京.',
    'Laptops   12,400',
    '* Second point with a link',
    'The launch code word is marmalade.',
  ])
    expect(text).toContain(piece)
})

test('the content decides, not the name', async () => {
  const reading = await read('holiday.jpg', await fixture('report.pdf'), 'image/jpeg')
  expect(reading).toMatchObject({ outcome: 'read', kind: 'pdf' })
})

const PANGRAM = 'Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich.'
const JAPANESE = 'これは日本語の文章です。今日は天気がいいですね。会議は三時に始まります。'
const IN_SHIFT_JIS =
  '82b182ea82cd93fa967b8cea82cc95b68fcd82c582b781428da193fa82cd93568b4382aa82a282a282c582b782cb814289ef8b6382cd8e4f8e9e82c98e6e82dc82e882dc82b78142'

test.each([
  ['UTF-8', Buffer.from(PANGRAM), PANGRAM],
  ['UTF-8 with a mark', Buffer.from(`\uFEFF${PANGRAM}`), PANGRAM],
  ['UTF-16 with a mark', Buffer.from(`\uFEFF${PANGRAM}`, 'utf16le'), PANGRAM],
  ['Latin-1', Buffer.from(PANGRAM, 'latin1'), PANGRAM],
  ['Shift JIS', Buffer.from(IN_SHIFT_JIS, 'hex'), JAPANESE],
  ['code', Buffer.from('if (a < b) {\n\treturn `x`\n}\n'), 'if (a < b) {\n\treturn `x`\n}'],
])('text in %s is read as it was written', async (_name, data, expected) => {
  expect(shown(await read('notes.txt', data))).toEqual([`part 1: ${expected}`])
})

test('a mail shows its heads, its text and what is attached', async () => {
  const mail = [
    'From: =?UTF-8?Q?Jo=C3=A3o?= <joao@example.org>',
    'To: team@example.org',
    'Subject: =?UTF-8?B?UmV1bmnDo28=?=',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/html; charset=utf-8',
    '',
    '<p>The meeting is at <b>three</b>.</p><script>alert(1)</script>',
    '--b',
    'Content-Type: application/pdf; name=plan.pdf',
    'Content-Disposition: attachment; filename=plan.pdf',
    'Content-Transfer-Encoding: base64',
    '',
    'AAAA',
    '--b--',
    '',
  ].join('\r\n')
  expect(shown(await read('mail.eml', Buffer.from(mail)))).toEqual([
    'part 1: From: João <joao@example.org>\nTo: team@example.org\nSubject: Reunião\nAttachments: plan.pdf\n\nThe meeting is at three.',
  ])
})

test('an archive is listed, never unpacked', async () => {
  const zip = zipSync({ 'a/one.txt': Buffer.from('one'), 'two.bin': new Uint8Array(2_000) })
  expect(shown(await read('all.zip', Buffer.from(zip)))).toEqual([
    'part 1: Contents of the archive (not unpacked):\na/one.txt\t3 bytes\ntwo.bin\t2000 bytes',
  ])
})

test('an image comes upright, small and without what it tells of its maker', async () => {
  const photo = await sharp({ create: { width: 4_000, height: 1_000, channels: 3, background: '#123456' } })
    .withExif({ IFD0: { Copyright: 'canary-of-the-maker', Orientation: '6' } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer()
  const reading = await read('photo.jpg', photo)
  if (reading.outcome !== 'read' || reading.picture === undefined) throw new Error(JSON.stringify(reading))
  const { base64, ...picture } = reading.picture
  expect(picture).toEqual({ mimeType: 'image/jpeg', width: 392, height: 1_568 })
  const bytes = Buffer.from(base64, 'base64')
  expect(bytes.includes('canary-of-the-maker')).toBe(false)
  expect((await sharp(bytes).metadata()).exif).toBeUndefined()
})

/** A sound document with 240 MB of zeros beside its text. */
async function bomb(): Promise<Buffer> {
  const files: Zippable = unzipSync(await fixture('report.docx'))
  const zeros = new Uint8Array(30_000_000)
  for (let n = 0; n < 8; n++) files[`word/media/${n}.bin`] = [zeros, { level: 1 }]
  return Buffer.from(zipSync(files))
}

test.each<[string, string, () => Buffer | Promise<Buffer>, string]>([
  ['a PDF with a password', 'locked.pdf', () => fixture('locked.pdf'), 'file_locked'],
  ['a PDF of scanned pages', 'scanned.pdf', () => fixture('scanned.pdf'), 'file_without_text'],
  ['half a PDF', 'half.pdf', async () => (await fixture('report.pdf')).subarray(0, 900), 'file_damaged'],
  [
    'half a workbook',
    'half.xlsx',
    async () => (await fixture('book.xlsx')).subarray(0, 3_000),
    'file_damaged',
  ],
  ['a program', 'x.txt', () => Buffer.from(`\x7fELF${'\0'.repeat(300)}`), 'file_unsupported'],
  ['an empty file', 'empty.txt', () => Buffer.alloc(0), 'file_without_text'],
  ['a document that unpacks to 240 MB', 'bomb.docx', bomb, 'file_too_large'],
  [
    'an image of 64 million pixels',
    'big.png',
    () =>
      sharp({
        create: { width: 8_000, height: 8_000, channels: 3, background: 'red' },
        limitInputPixels: false,
      })
        .png()
        .toBuffer(),
    'file_too_large',
  ],
])('%s is refused with its reason', async (_what, name, data, fault) => {
  expect(await read(name, await data())).toMatchObject({ outcome: 'fault', fault })
})

test('what takes too long is ended, and the next file is read', async () => {
  const hasty = createFileReader({ concurrency: 1, log: createRecordingLogger(), timeLimitMs: 4_000 })
  try {
    const deep = Buffer.from('<div>'.repeat(2_000_000))
    const [slow, next] = await Promise.all([
      hasty.read({ name: 'deep.html', data: deep }, AbortSignal.timeout(60_000)),
      hasty.read({ name: 'a.txt', data: Buffer.from('after it') }, AbortSignal.timeout(60_000)),
    ])
    expect(slow).toMatchObject({
      outcome: 'fault',
      fault: 'file_too_large',
      detail: expect.stringContaining('4000 ms'),
    })
    expect(shown(next)).toEqual(['part 1: after it'])
  } finally {
    await hasty.close()
  }
})

test('who gives up is not kept waiting', async () => {
  const controller = new AbortController()
  const reading = reader.read({ name: 'big.gz', data: gzipSync(Buffer.alloc(1_000)) }, controller.signal)
  controller.abort(new Error('gave up'))
  await expect(reading).rejects.toThrow('gave up')
})
