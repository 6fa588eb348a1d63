import { createHash, randomBytes } from 'node:crypto'
import { type Homeserver, storeMedia } from './homeserver.ts'
import type { JsonObject } from './json.ts'
import { requireJoined } from './membership.ts'
import { typedText } from './mention-text.ts'
import { redactionDraft } from './redaction.ts'
import { type Room, relationOf } from './room.ts'
import { appendEvent } from './room-log.ts'

export interface Placing {
  /** Root event of the thread to speak in. */
  readonly threadRoot?: string
  /** Event replied to; its sender counts as mentioned unless `mentions` says otherwise. */
  readonly replyTo?: string
  /** Milliseconds since the epoch; default now. */
  readonly sentAt?: number
}

export interface Saying extends Placing {
  /** `@name` of a member becomes a pill with `m.mentions`, unless `formattedBody` or `mentions` is given. */
  readonly body: string
  readonly formattedBody?: string
  /** User ids, exactly; default: the pills and the person replied to. */
  readonly mentions?: readonly string[]
  readonly mentionsRoom?: boolean
  /** Default `m.text`. */
  readonly msgtype?: string
}

export interface Attachment extends Placing {
  readonly data: Buffer
  readonly mimetype: string
  readonly fileName: string
  readonly caption?: string
}

export interface VoiceNote extends Placing {
  readonly data: Buffer
  readonly durationMs: number
  readonly mimetype: string
}

/** What a person does in a room with a current client. Every action returns the id of its event. */
export interface Utterances {
  say(roomId: string, person: string, saying: Saying | string): string
  edit(
    roomId: string,
    person: string,
    eventId: string,
    next: Pick<Saying, 'body' | 'formattedBody'> | string,
  ): string
  redact(roomId: string, person: string, eventId: string, reason?: string): string
  react(roomId: string, person: string, eventId: string, key: string): string
  voiceNote(roomId: string, person: string, note: VoiceNote): string
  file(roomId: string, person: string, file: Attachment): string
  image(roomId: string, person: string, image: Attachment & { width?: number; height?: number }): string
  /** An event that only the people in the room can read. */
  sayEncrypted(roomId: string, person: string, saying: Saying | string): string
  /** Sends any content, valid or not: another client's oddities. */
  sendRaw(roomId: string, person: string, type: string, content: JsonObject, stateKey?: string): string
}

export function utterances(server: Homeserver): Utterances {
  const roomOf = (roomId: string, person: string) => requireJoined(server.rooms.get(roomId), person)

  const composed = (room: Room, saying: Saying): JsonObject => {
    const typed =
      saying.mentions === undefined
        ? typedText(server, room, saying.body, saying.formattedBody)
        : { body: saying.body, formattedBody: saying.formattedBody, mentioned: saying.mentions }
    const repliedTo = saying.replyTo === undefined ? undefined : room.events.get(saying.replyTo)?.event.sender
    const mentioned = saying.mentions ?? [...new Set([...typed.mentioned, ...(repliedTo ? [repliedTo] : [])])]
    return {
      msgtype: saying.msgtype ?? 'm.text',
      body: typed.body,
      ...(typed.formattedBody === undefined
        ? {}
        : { format: 'org.matrix.custom.html', formatted_body: typed.formattedBody }),
      'm.mentions': mentionsField(mentioned, saying.mentionsRoom ?? false),
    }
  }

  const send = (room: Room, person: string, content: JsonObject, placing: Placing): string =>
    appendEvent(server, room, {
      type: 'm.room.message',
      sender: person,
      content: { ...content, ...relatesField(room, placing) },
      ...(placing.sentAt === undefined ? {} : { sentAt: placing.sentAt }),
    }).event_id

  const attach = (
    roomId: string,
    person: string,
    file: Attachment,
    msgtype: string,
    info: JsonObject = {},
  ): string => {
    const room = roomOf(roomId, person)
    const { data, mimetype: contentType, fileName } = file
    return send(
      room,
      person,
      {
        msgtype,
        body: file.caption ?? fileName,
        filename: fileName,
        url: storeMedia(server, { data, contentType, fileName }),
        info: { mimetype: contentType, size: data.length, ...info },
        'm.mentions': mentionsField(typedText(server, room, file.caption ?? '').mentioned, false),
      },
      file,
    )
  }

  return {
    say(roomId, person, saying) {
      const room = roomOf(roomId, person)
      const whole = typeof saying === 'string' ? { body: saying } : saying
      return send(room, person, composed(room, whole), whole)
    },
    edit(roomId, person, eventId, next) {
      const room = roomOf(roomId, person)
      const content = composed(room, typeof next === 'string' ? { body: next } : next)
      return appendEvent(server, room, {
        type: 'm.room.message',
        sender: person,
        content: {
          ...content,
          body: `* ${String(content.body)}`,
          ...(typeof content.formatted_body === 'string'
            ? { formatted_body: `* ${content.formatted_body}` }
            : {}),
          'm.mentions': {},
          'm.new_content': content,
          'm.relates_to': { rel_type: 'm.replace', event_id: eventId },
        },
      }).event_id
    },
    redact(roomId, person, eventId, reason) {
      const room = roomOf(roomId, person)
      const content = { redacts: eventId, ...(reason === undefined ? {} : { reason }) }
      return appendEvent(server, room, redactionDraft(room, person, content)).event_id
    },
    react(roomId, person, eventId, key) {
      const room = roomOf(roomId, person)
      const content = { 'm.relates_to': { rel_type: 'm.annotation', event_id: eventId, key } }
      return appendEvent(server, room, { type: 'm.reaction', sender: person, content }).event_id
    },
    voiceNote(roomId, person, note) {
      const { data, mimetype, durationMs: duration } = note
      const url = storeMedia(server, { data, contentType: mimetype, fileName: 'Voice message.ogg' })
      const content = {
        msgtype: 'm.audio',
        body: 'Voice message',
        url,
        info: { mimetype, size: data.length, duration },
        'org.matrix.msc1767.audio': { duration, waveform: waveform(data) },
        'org.matrix.msc3245.voice': {},
        'm.mentions': {},
      }
      return send(roomOf(roomId, person), person, content, note)
    },
    file: (roomId, person, file) => attach(roomId, person, file, 'm.file'),
    image(roomId, person, image) {
      const { width: w, height: h } = image
      const size = { ...(w === undefined ? {} : { w }), ...(h === undefined ? {} : { h }) }
      return attach(roomId, person, image, 'm.image', size)
    },
    sayEncrypted(roomId, person, saying) {
      const room = roomOf(roomId, person)
      const whole = typeof saying === 'string' ? { body: saying } : saying
      const content = {
        algorithm: 'm.megolm.v1.aes-sha2',
        ciphertext: randomBytes(96).toString('base64'),
        device_id: 'PERSONDEVICE',
        sender_key: createHash('sha256').update(person).digest('base64').replace('=', ''),
        session_id: createHash('sha256').update(roomId).digest('base64').replace('=', ''),
        ...relatesField(room, whole),
      }
      const plain = composed(room, whole)
      return appendEvent(server, room, { type: 'm.room.encrypted', sender: person, content, plain }).event_id
    },
    sendRaw(roomId, person, type, content, stateKey) {
      const draft = { type, sender: person, content, ...(stateKey === undefined ? {} : { stateKey }) }
      return appendEvent(server, roomOf(roomId, person), draft).event_id
    },
  }
}

function mentionsField(userIds: readonly string[], room: boolean): JsonObject {
  return { ...(userIds.length > 0 ? { user_ids: [...userIds] } : {}), ...(room ? { room: true } : {}) }
}

function relatesField(room: Room, { threadRoot, replyTo }: Placing): JsonObject {
  if (threadRoot === undefined)
    return replyTo === undefined ? {} : { 'm.relates_to': { 'm.in_reply_to': { event_id: replyTo } } }
  const inReplyTo = replyTo ?? latestInThread(room, threadRoot)
  return {
    'm.relates_to': {
      rel_type: 'm.thread',
      event_id: threadRoot,
      is_falling_back: replyTo === undefined,
      'm.in_reply_to': { event_id: inReplyTo },
    },
  }
}

function latestInThread(room: Room, root: string): string {
  const latest = (room.children.get(root) ?? []).findLast(
    ({ event }) => relationOf(event)?.type === 'm.thread',
  )
  return latest?.event.event_id ?? root
}

/** Sixty bars of 0 to 1024, from the bytes themselves. */
function waveform(data: Buffer): number[] {
  return Array.from({ length: 60 }, (_, bar) => (data[Math.floor((bar * data.length) / 60)] ?? 0) * 4)
}
