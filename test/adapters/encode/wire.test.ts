import { describe, expect, it } from 'vitest'
import { answers } from '../../markdown/answers.ts'
import { corpus } from '../../markdown/corpus.ts'
import { wireChecker } from '../../support/wire-check.ts'
import { platforms } from './platforms.ts'

const json = { 'content-type': 'application/json' }

/** A message's call as the senders make it, to be held against the published descriptions. */
const REQUESTS = {
  slack: (body: object) => ({
    method: 'POST',
    path: '/api/chat.postMessage',
    headers: { ...json, authorization: 'Bearer xoxb-1-2-x' },
    body: Buffer.from(
      JSON.stringify({ channel: 'C01234567', unfurl_links: false, unfurl_media: false, ...body }),
    ),
  }),
  discord: (body: object) => ({
    method: 'POST',
    path: '/api/v10/channels/123456789012345678/messages',
    headers: { ...json, authorization: 'Bot x.y.z' },
    body: Buffer.from(JSON.stringify({ allowed_mentions: { parse: [] }, flags: 4, ...body })),
  }),
  telegram: (body: object) => ({
    method: 'POST',
    path: '/bot123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/sendMessage',
    headers: json,
    body: Buffer.from(JSON.stringify({ chat_id: 1, link_preview_options: { is_disabled: true }, ...body })),
  }),
  matrix: (body: object) => ({
    method: 'PUT',
    path: '/_matrix/client/v3/rooms/!r%3Aexample.org/send/m.room.message/t1',
    headers: { ...json, authorization: 'Bearer x' },
    body: Buffer.from(JSON.stringify(body)),
  }),
}

describe.runIf(wireChecker)('the published descriptions', () => {
  it.each(platforms)(
    'have nothing against $name',
    ({ name, format }) => {
      if (!wireChecker) throw new Error('no checker')
      const check = {
        slack: wireChecker.checkSlack,
        discord: wireChecker.checkDiscord,
        telegram: wireChecker.checkTelegram,
        matrix: wireChecker.checkMatrix,
      }[name]
      for (const [title, markdown] of Object.entries({ ...corpus, ...answers })) {
        for (const part of format(markdown))
          expect(wireChecker.splitAllowed(check(REQUESTS[name](part.body))).refused, title).toEqual([])
      }
    },
    60_000,
  )
})
