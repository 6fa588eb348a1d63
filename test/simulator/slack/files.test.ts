import { expect, test } from 'vitest'
import { refusal, socketApp, startSlack } from './bolt-app.ts'

test('a voice clip is served to the bot of its team; anybody else gets the sign-in page', async () => {
  const slack = await startSlack({ teams: [{ name: 'Acme' }, { name: 'Other' }] })
  const maria = slack.addPerson({ name: 'maria' })
  const direct = slack.direct(maria)
  const data = Buffer.from('opus bytes')
  const message = slack.shareAudioClip(direct, maria, {
    data,
    mimetype: 'audio/webm',
    durationMs: 1500,
    transcript: 'hello there',
  })

  const event = Object(slack.deliveries[0]?.payload.event)
  expect(event).toMatchObject({
    subtype: 'file_share',
    ts: message.ts,
    files: [
      {
        subtype: 'slack_audio',
        mimetype: 'audio/webm',
        duration_ms: 1500,
        transcription: { status: 'complete', preview: { content: 'hello there' } },
      },
    ],
  })
  const url = String(event.files[0].url_private_download)
  const get = async (token: string): Promise<[number, string | null, string]> => {
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
    return [response.status, response.headers.get('content-type'), await response.text()]
  }
  expect(await get(slack.team.botToken)).toEqual([200, 'audio/webm', 'opus bytes'])
  const other = [...slack.teams.values()][1]
  for (const token of [other?.botToken ?? '', 'xoxb-wrong']) {
    const [status, type, body] = await get(token)
    expect([status, type]).toEqual([200, 'text/html; charset=utf-8'])
    expect(body).toContain('Sign in')
  }
})

test('an upload through the SDK appears as a message in the thread', async () => {
  const slack = await startSlack()
  const maria = slack.addPerson({ name: 'maria' })
  const general = slack.addChannel({ name: 'general', members: [maria] })
  const root = slack.say(general, maria, { text: 'make me a table' })
  const { app } = socketApp(slack)

  await app.client.filesUploadV2({
    channel_id: general.id,
    thread_ts: root.ts,
    initial_comment: 'here it is',
    filename: 'table.csv',
    title: 'Table',
    file: Buffer.from('a,b\n1,2\n'),
  })

  const [, reply] = slack.messages(general, { threadTs: root.ts })
  expect(reply).toMatchObject({
    text: 'here it is',
    files: [{ name: 'table.csv', title: 'Table', mimetype: 'text/csv' }],
  })
  expect(reply?.files[0]?.data.toString()).toBe('a,b\n1,2\n')
})

test('an upload that was not completed or has the wrong length is refused', async () => {
  const slack = await startSlack()
  const { app } = socketApp(slack)
  const ticket = await app.client.files.getUploadURLExternal({ filename: 'a.txt', length: 3 })

  const short = await fetch(String(ticket.upload_url), { method: 'POST', body: 'ab' })

  expect(short.status).toBe(400)
  const files: [{ id: string }] = [{ id: String(ticket.file_id) }]
  expect(await refusal(app.client.files.completeUploadExternal({ files }))).toBe('file_not_found')
})

test('a file that is only named in the event is found by files.info', async () => {
  const slack = await startSlack()
  const maria = slack.addPerson({ name: 'maria' })
  const direct = slack.direct(maria)
  const { app } = socketApp(slack)
  slack.shareFile(direct, maria, {
    name: 'notes.pdf',
    mimetype: 'application/pdf',
    data: Buffer.from('%PDF'),
    infoOnly: true,
  })

  const [named] = Object(slack.deliveries[0]?.payload.event).files
  expect(named).toMatchObject({ file_access: 'check_file_info' })
  expect(named).not.toHaveProperty('url_private_download')
  const { file } = await app.client.files.info({ file: named.id })
  expect(file).toMatchObject({ name: 'notes.pdf', mimetype: 'application/pdf', size: 4 })
})
