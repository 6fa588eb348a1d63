import { type MatrixEmulatorOptions, startMatrixEmulator } from '../../../src/simulator/matrix/index.ts'
import type { Chat, Talk } from './chat.ts'

export async function startMatrixChat(options: MatrixEmulatorOptions = {}): Promise<Chat> {
  const matrix = await startMatrixEmulator(options)
  let made = 0
  const newPerson = () => {
    made += 1
    return matrix.addPerson(`ana${made}`)
  }

  const talkIn = (room: string, person: string, direct: boolean): Talk => {
    const said = (id: string) => {
      const found = matrix.message(room, id)
      if (!found) throw new Error(`no message ${id}`)
      return found
    }
    return {
      say(text, { mention = false, by } = {}) {
        if (by === 'other-bot') {
          const other = newPerson()
          matrix.join(room, other)
          return matrix.say(room, other, { body: text, msgtype: 'm.notice' })
        }
        const speaker = by === 'other-person' ? newPerson() : person
        if (speaker !== person) matrix.join(room, speaker)
        return matrix.say(room, speaker, mention ? `@brainall ${text}` : text)
      },
      goOn: (question, _answer, text) =>
        matrix.say(
          room,
          person,
          direct ? text : { body: text, threadRoot: said(question).threadRoot ?? question },
        ),
      discuss([root = '', ...more]) {
        const other = newPerson()
        matrix.join(room, other)
        const threadRoot = matrix.say(room, other, root)
        for (const body of more) matrix.say(room, other, { body, threadRoot })
        return (text) => matrix.say(room, person, { body: `@brainall ${text}`, threadRoot })
      },
      voice: (data, seconds) =>
        matrix.voiceNote(room, person, { data, durationMs: seconds * 1000, mimetype: 'audio/ogg' }),
      attach: ({ name, mimeType, data }, text) =>
        matrix.file(room, person, { fileName: name, mimetype: mimeType, data, caption: text }),
      redeliver: (id) => void matrix.redeliver(room, id),
      press: () => {
        throw new Error('there are no buttons on Matrix')
      },
      edit: (id, text, { mention = false } = {}) =>
        void matrix.edit(room, person, id, mention ? `@brainall ${text}` : text),
      touch: () => undefined,
      takeBack: (id) => void matrix.redact(room, person, id),
      answers: () =>
        matrix
          .messages(room)
          .filter(({ sender, isRedacted }) => sender === matrix.botUserId && !isRedacted)
          .map((message) => ({
            id: message.eventId,
            text: message.body,
            edits: message.edits.length,
            isFile: message.mediaUrl !== undefined,
            buttons: [],
          })),
      belongsTo: (question, answer) =>
        direct || said(answer.id).threadRoot === (said(question).threadRoot ?? question),
    }
  }

  return {
    platform: 'matrix',
    environment: { MATRIX_HOMESERVER_URL: matrix.url, MATRIX_ACCESS_TOKEN: matrix.accessToken },
    faults: matrix.faults,
    commandPrefix: '!',
    group() {
      const creator = newPerson()
      const witness = newPerson()
      return talkIn(
        matrix.addRoom({ creator, members: [witness], bot: 'joined', joinRule: 'public', name: 'Team' }),
        creator,
        false,
      )
    },
    direct() {
      const creator = newPerson()
      return talkIn(matrix.addRoom({ creator, bot: 'joined', direct: true }), creator, true)
    },
    pings: () =>
      matrix.rooms().flatMap((room) =>
        matrix
          .messages(room.roomId)
          .filter(({ sender }) => sender === matrix.botUserId)
          .flatMap(({ mentions, mentionsRoom }) => [...mentions, ...(mentionsRoom ? ['@room'] : [])]),
      ),
    cut: () => void matrix.faults.add({ match: /\/sync\?/, effect: { kind: 'cut' }, times: 1 }),
    onRequest: matrix.onRequest,
    onChange: matrix.onChange,
    close: () => matrix.close(),
  }
}
