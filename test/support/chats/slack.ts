import {
  type SlackChannel,
  type SlackEmulatorOptions,
  type SlackMessage,
  type SlackPerson,
  startSlackEmulator,
} from '../../../src/simulator/slack/index.ts'
import { type Chat, labelled, type Talk } from './chat.ts'

/** A restart of the hub is short beside Slack's own, of minutes; tests have not so much time. */
const RETRY_DELAYS_MS = [0, 500, 1000, 2000, 4000, 8000, 16_000]

export async function startSlackChat(options: SlackEmulatorOptions = {}): Promise<Chat> {
  const slack = await startSlackEmulator({ retryDelaysMs: RETRY_DELAYS_MS, ...options })
  const { team } = slack
  const pings: string[] = []
  let made = 0
  const newPerson = () => {
    made += 1
    return slack.addPerson({ name: `ana${made}` })
  }

  const talkIn = (channel: SlackChannel, person: SlackPerson, direct: boolean): Talk => {
    const said = (ts: string): SlackMessage => {
      const found = channel.messages.get(ts)
      if (!found) throw new Error(`no message ${ts}`)
      return found
    }
    return {
      say(text, { mention = false, by } = {}) {
        if (by === 'other-bot') throw new Error('other bots do not speak on the emulated Slack')
        const speaker = by === 'other-person' ? newPerson() : person
        if (speaker !== person) slack.addMember(channel, speaker.id)
        return slack.say(channel, speaker, { text: mention ? `<@${team.botUserId}> ${text}` : text }).ts
      },
      goOn: (question, _answer, text) =>
        slack.say(channel, person, direct ? { text } : { text, threadTs: question }).ts,
      discuss(lines) {
        const other = newPerson()
        slack.addMember(channel, other.id)
        const [root = '', ...more] = lines
        const { ts: threadTs } = slack.say(channel, other, { text: root })
        for (const text of more) slack.say(channel, other, { text, threadTs })
        return (text) => slack.say(channel, person, { text: `<@${team.botUserId}> ${text}`, threadTs }).ts
      },
      voice(data, seconds) {
        const root = direct
          ? undefined
          : [...channel.messages.values()].find(({ user }) => user === person.id)?.ts
        const clip = { data, mimetype: 'audio/webm', durationMs: seconds * 1000 }
        return slack.shareAudioClip(channel, person, {
          ...clip,
          ...(root === undefined ? {} : { threadTs: root }),
        }).ts
      },
      attach: ({ name, mimeType, data }, text) =>
        slack.shareFile(channel, person, { name, mimetype: mimeType, data, text }).ts,
      redeliver: (ts) => void slack.redeliver(said(ts)),
      press(answer, label, by) {
        const presser = by === 'other-person' ? newPerson() : person
        if (presser !== person) slack.addMember(channel, presser.id)
        const before = new Set(channel.messages.keys())
        const { id } = labelled(buttonsOf(said(answer.id)), label)
        let acked = false
        slack
          .pressButton(said(answer.id), id, { person: presser })
          .then((outcome) => {
            acked = outcome.acked
          })
          .catch(() => undefined)
        return {
          acknowledged: () => acked,
          told: () =>
            [...channel.messages.values()].find(
              ({ ts, ephemeralFor }) => ephemeralFor === presser.id && !before.has(ts),
            )?.text,
        }
      },
      edit: (ts, text, { mention = false } = {}) =>
        void slack.edit(said(ts), mention ? `<@${team.botUserId}> ${text}` : text),
      touch: (ts) => slack.unfurl(said(ts), { title: 'A page', url: 'https://example.org' }),
      takeBack: (ts) => slack.delete(said(ts)),
      answers: () => {
        const seen = slack.messages(channel, { viewer: person }).filter(({ user }) => user === team.botUserId)
        for (const message of seen) pings.push(...message.pings)
        return seen.map((message) => ({
          id: message.ts,
          text: message.text,
          edits: message.edits.length,
          isFile: message.files?.some(({ deleted }) => !deleted) ?? false,
          buttons: buttonsOf(message).map(({ label }) => label),
        }))
      },
      belongsTo: (question, answer) =>
        direct ? true : said(answer.id).threadTs === (said(question).threadTs ?? question),
    }
  }

  return {
    platform: 'slack',
    environment: {
      SLACK_BOT_TOKEN: team.botToken,
      SLACK_APP_TOKEN: slack.appToken,
      SLACK_API_URL: slack.apiUrl,
    },
    faults: slack.faults,
    commandPrefix: '/',
    group() {
      const person = newPerson()
      return talkIn(slack.addChannel({ name: `team-${made}`, members: [person] }), person, false)
    },
    direct() {
      const person = newPerson()
      return talkIn(slack.direct(person), person, true)
    },
    pings: () => pings,
    cut: () => slack.sockets.cut(),
    onRequest: slack.onRequest,
    onChange: slack.onChange,
    close: () => slack.close(),
  }
}

function buttonsOf({ blocks = [] }: SlackMessage): { id: string; label: string }[] {
  return blocks
    .filter(({ type }) => type === 'actions')
    .flatMap(({ elements }) => (Array.isArray(elements) ? elements : []))
    .map((button) => ({ id: String(button.action_id), label: String(button.text?.text) }))
}
