import { describe, expect, it } from 'vitest'
import { heal } from '../../../src/markdown/heal.ts'
import { corpus } from '../../markdown/corpus.ts'
import { loadWireChecks, type Platform, platforms } from './platforms.ts'

/** Markup whose letters nobody is to see: languages, definitions' labels, character references, formula fences. */
const withoutMarkup = (markdown: string): string =>
  markdown
    .replace(/^([ >]*)(`{3,}|~{3,})[\w-]*$/gm, '$1')
    .replace(/\[[\w ]*\]: */g, '')
    .replace(/\]\[\w*\]/g, ']')
    .replace(/mailto:|\[x\]/g, '')
    .replace(/<br>/g, '\n')
    .replace(/[\p{Cc}\p{Cs}]/gu, (char) => (/\n|\r/.test(char) ? '\n' : char.isWellFormed() ? '' : '\ufffd'))
    .replace(/&(?:#?\w+);/g, ' ')

/** Marks of styles go on both sides, so that words styled in part count as one. */
const words = (text: string): string[] =>
  text
    .replace(/[*_~`\u02cb\u200b\\]/g, '')
    .match(/[\p{L}\p{N}\p{M}]+/gu)
    ?.filter((word) => word.length < 30) ?? []

function counts(text: string): Map<string, number> {
  const result = new Map<string, number>()
  for (const word of words(text.normalize())) result.set(word, (result.get(word) ?? 0) + 1)
  return result
}

const letters = (text: string): string => text.replace(/[^\p{L}\p{N}\p{M}\p{Emoji_Presentation}]/gu, '')

const decoded = (text: string): string =>
  text.replace(/(?:%[0-9A-F]{2})+/gi, (run) => decodeURIComponent(run))

function lost(platform: Platform, markdown: string): string[] {
  const shown = counts(
    platform
      .format(markdown)
      .map((part) => decoded(platform.read(part)))
      .join('\n'),
  )
  return [...counts(withoutMarkup(markdown))].flatMap(([word, count]) =>
    (shown.get(word) ?? 0) < count ? [`${word} ${shown.get(word) ?? 0} of ${count}`] : [],
  )
}

describe.each(platforms)('$name', (platform) => {
  it.each(Object.entries(corpus))('shows all of: %s', (name, markdown) => {
    const parts = platform.format(markdown)
    expect(parts.flatMap((part) => platform.faults(part))).toEqual([])
    expect(parts.length).toBeGreaterThan(0)
    // Words are cut where nothing else can be: then the letters count.
    if (['emoji', 'chinese', 'combining', 'long word'].includes(name)) {
      expect(letters(parts.map((part) => platform.read(part)).join(''))).toBe(letters(markdown))
    } else expect(lost(platform, markdown)).toEqual([])
  })

  it('gives no part for an empty text', () => {
    for (const empty of ['', ' \n\t\n ', '```\n```', '\u200b', '&#32;', '[]()']) {
      expect(platform.format(empty)).toEqual([])
    }
  })

  it('breaks nothing when the whole corpus comes as one answer', () => {
    const all = Object.values(corpus).join('\n\n---\n\n')
    expect(platform.format(all).flatMap((part) => platform.faults(part))).toEqual([])
  })

  it('shows an answer well at each moment of its coming', () => {
    for (const [name, markdown] of Object.entries(corpus)) {
      for (let end = 1; end < Math.min(markdown.length, 1200); end += 11) {
        const parts = platform.format(heal(markdown.slice(0, end)))
        expect(
          parts.flatMap((part) => platform.faults(part)),
          `${name} up to ${end}`,
        ).toEqual([])
      }
    }
  })

  it('keeps earlier parts as they were while a text grows', () => {
    const whole = [
      'steps',
      'long list',
      'portuguese',
      'long code',
      'long paragraph',
      'table',
      'long items',
      'long quote',
    ]
      .map((name) => corpus[name] ?? '')
      .join('\n\n')
    const final = platform.format(whole).map((part) => JSON.stringify(part))
    for (let end = 997; end < whole.length; end += 997) {
      const now = platform.format(whole.slice(0, end)).map((part) => JSON.stringify(part))
      // The last part grows, and what it is waiting for may still be taken over by the one before.
      const settled = Math.max(0, now.length - 2)
      expect(now.slice(0, settled)).toEqual(final.slice(0, settled))
    }
  })
})

const checks = await loadWireChecks()

describe.runIf(checks)('published descriptions', () => {
  const requests = {
    slack: (body: object) => ({
      method: 'POST',
      path: '/api/chat.postMessage',
      headers: { 'content-type': 'application/json', authorization: 'Bearer xoxb-1-2-x' },
      body: JSON.stringify({ channel: 'C01234567', unfurl_links: false, unfurl_media: false, ...body }),
    }),
    discord: (body: object) => ({
      method: 'POST',
      path: '/api/v10/channels/123456789012345678/messages',
      headers: { 'content-type': 'application/json', authorization: 'Bot x.y.z' },
      body: JSON.stringify({ allowed_mentions: { parse: [] }, flags: 4, ...body }),
    }),
    telegram: (body: object) => ({
      method: 'POST',
      path: '/bot123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/sendMessage',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ chat_id: 1, link_preview_options: { is_disabled: true }, ...body }),
    }),
    matrix: (body: object) => ({
      method: 'PUT',
      path: '/_matrix/client/v3/rooms/!r%3Aexample.org/send/m.room.message/t1',
      headers: { 'content-type': 'application/json', authorization: 'Bearer x' },
      body: JSON.stringify(body),
    }),
  }

  it.each(platforms)('has nothing against $name', ({ name, format }) => {
    const request = Object.entries(requests).find(([key]) => key === name)?.[1]
    const check = checks?.[name]
    if (!request || !check) throw new Error(`no check for ${name}`)
    for (const markdown of Object.values(corpus)) {
      for (const part of format(markdown)) expect(check(request(part.body))).toEqual([])
    }
  })
})
