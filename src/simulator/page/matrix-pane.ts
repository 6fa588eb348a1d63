import type { MatrixEmulator, MatrixMessage } from '../matrix/index.ts'
import { BOT_KEY, CAST, COMMANDS, found, isRecord, type Pane, SHOWN_MESSAGES, textOf } from './pane.ts'
import { botPresence } from './presence.ts'
import type { FileSight, MessageBody, MessageSight } from './sight.ts'

const ROOM_NAME = 'general'

export function createMatrixPane(matrix: MatrixEmulator): Pane {
  const people = new Map<string, string>()
  for (const { key, name } of CAST) people.set(key, matrix.addPerson({ localpart: key, displayName: name }))
  const [creator = matrix.botUserId, ...members] = people.values()
  const general = matrix.addRoom({ creator, members, name: ROOM_NAME, alias: ROOM_NAME })
  const direct = new Map(
    [...people].map(([key, userId]) => [
      matrix.addRoom({ creator: userId, direct: true, name: 'BrainAll' }),
      key,
    ]),
  )
  const shown = [general, ...direct.keys()]
  const presence = botPresence(matrix)

  const person = (key: string): string => found(people.get(key), 'this person')
  const keyOf = (userId: string): string =>
    userId === matrix.botUserId ? BOT_KEY : ([...people].find(([, id]) => id === userId)?.[0] ?? userId)
  const nameOf = (userId: string): string =>
    userId === matrix.botUserId ? 'BrainAll' : (CAST.find(({ key }) => key === keyOf(userId))?.name ?? userId)
  const messageOf = (id: string): MatrixMessage =>
    found(shown.map((roomId) => matrix.message(roomId, id)).find(Boolean), 'this message')
  const placed = ({
    replyTo,
    threadRoot,
  }: {
    replyTo?: string | undefined
    threadRoot?: string | undefined
  }) => ({
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(threadRoot === undefined ? {} : { threadRoot }),
  })

  const sightOf = (message: MatrixMessage): MessageSight => {
    const isOwn = message.sender !== matrix.botUserId
    const isText = message.mediaUrl === undefined
    return {
      id: message.eventId,
      channelId: message.roomId,
      author: { key: keyOf(message.sender), name: nameOf(message.sender) },
      at: message.at,
      isEdited: message.edits.length > 0,
      isLive: false,
      replyTo: message.replyTo,
      threadRoot: message.threadRoot,
      source: isOwn && isText && !message.isRedacted ? sourceOf(message, nameOf) : undefined,
      body: bodyOf(message),
      files: fileSights(message),
      reactions: reactionsOf(message, keyOf),
    }
  }

  const react = (message: MatrixMessage, by: string, key: string): void => {
    const own = message.reactions.find((one) => one.sender === by && one.key === key)
    if (own) matrix.redact(message.roomId, by, own.eventId)
    else matrix.react(message.roomId, by, message.eventId, key)
  }

  return {
    platform: 'matrix',
    sight: () => ({
      place: matrix.serverName,
      bot: { key: BOT_KEY, name: 'BrainAll' },
      mention: '@BrainAll ',
      isConnected: presence.isThere(),
      channels: shown.map((roomId) => ({
        id: roomId,
        name: direct.has(roomId) ? 'BrainAll' : ROOM_NAME,
        kind: direct.has(roomId) ? 'direct' : 'channel',
        members: [BOT_KEY, ...(direct.has(roomId) ? [direct.get(roomId) ?? ''] : people.keys())],
        busy: matrix
          .typingNow(roomId)
          .filter((userId) => userId === matrix.botUserId)
          .map((userId) => ({ name: nameOf(userId), text: 'is typing' })),
      })),
      commands: COMMANDS.map(({ name, description }) => ({
        name: `!${name}`,
        description: description.replace('/', '!'),
      })),
      messageCommands: [],
      forms: [],
      notices: [],
    }),
    messages: () => shown.flatMap((roomId) => matrix.messages(roomId).slice(-SHOWN_MESSAGES).map(sightOf)),
    file(id) {
      const media = matrix.media(`mxc://${matrix.serverName}/${id}`)
      return media && { name: media.fileName ?? 'file', mimetype: media.contentType, data: media.data }
    },
    async perform(action) {
      const by = person(action.person)
      switch (action.do) {
        case 'say':
          matrix.say(action.channel, by, { body: action.text, ...placed(action) })
          return undefined
        case 'attach': {
          const { data, mimetype, name: fileName, text } = action
          const caption = text === '' ? {} : { caption: text }
          const what = { data, mimetype, fileName, ...caption, ...placed(action) }
          if (mimetype.startsWith('image/')) matrix.image(action.channel, by, what)
          else matrix.file(action.channel, by, what)
          return undefined
        }
        case 'voice': {
          const { data, mimetype, durationMs } = action
          matrix.voiceNote(action.channel, by, { data, mimetype, durationMs, ...placed(action) })
          return undefined
        }
        case 'edit':
          matrix.edit(owned(messageOf(action.message), by).roomId, by, action.message, action.text)
          return undefined
        case 'delete':
          matrix.redact(owned(messageOf(action.message), by).roomId, by, action.message)
          return undefined
        case 'react':
          react(messageOf(action.message), by, action.emoji)
          return undefined
        default:
          throw new Error('Matrix has nothing like this here')
      }
    },
    onChange: (listener) => matrix.onChange(listener),
  }
}

function owned(message: MatrixMessage, by: string): MatrixMessage {
  if (message.sender !== by) throw new Error('only who wrote a message may change it')
  return message
}

function bodyOf(message: MatrixMessage): MessageBody {
  if (message.isRedacted) return { kind: 'gone' }
  const { filename, body } = message.content
  const isCaption = filename !== undefined && filename !== body
  const text = message.mediaUrl === undefined || isCaption ? message.body : ''
  return {
    kind: 'matrix',
    text,
    html: text === '' ? undefined : message.formattedBody,
    isNotice: message.isNotice,
  }
}

/** A pill's text is the bare name; typed again it needs its `@`. */
function sourceOf(message: MatrixMessage, nameOf: (userId: string) => string): string {
  return message.mentions.reduce((text, userId) => {
    const name = nameOf(userId)
    return text.includes(`@${name}`) ? text : text.replace(name, `@${name}`)
  }, message.body)
}

function fileSights(message: MatrixMessage): FileSight[] {
  if (message.mediaUrl === undefined || message.isRedacted) return []
  const { content } = message
  const info = isRecord(content.info) ? content.info : {}
  const mimetype = textOf(info.mimetype) || 'application/octet-stream'
  return [
    {
      id: message.mediaUrl.split('/').at(-1) ?? '',
      name: textOf(content.filename) || message.body || 'file',
      mimetype,
      bytes: Number(info.size ?? 0),
      kind: message.isVoice ? 'voice' : mimetype.startsWith('image/') ? 'image' : 'file',
      seconds: typeof info.duration === 'number' ? info.duration / 1000 : undefined,
    },
  ]
}

function reactionsOf({ reactions }: MatrixMessage, keyOf: (userId: string) => string) {
  const byKey = new Map<string, string[]>()
  for (const { key, sender } of reactions) byKey.set(key, [...(byKey.get(key) ?? []), keyOf(sender)])
  return [...byKey].map(([emoji, by]) => ({ emoji, by }))
}
