import type { SlackChannel, SlackEmulator, SlackFile, SlackMessage, SlackPerson } from '../slack/index.ts'
import type { PaneAction } from './action.ts'
import { BOT_KEY, CAST, COMMANDS, found, type Pane, SHOWN_MESSAGES, withMentions } from './pane.ts'
import type { BusySight, FileSight, MessageBody, MessageSight } from './sight.ts'
import { slackForm } from './slack-form.ts'

export function createSlackPane(slack: SlackEmulator): Pane {
  const { team } = slack
  const people = new Map<string, SlackPerson>()
  for (const { key, name } of CAST)
    people.set(key, slack.addPerson({ name: key, realName: name, admin: key === CAST[0]?.key }))
  const general = slack.addChannel({ name: 'general', members: [...people.values()] })
  const shown: SlackChannel[] = [general, ...[...people.values()].map((person) => slack.direct(person))]

  const person = (key: string): SlackPerson => found(people.get(key), 'this person')
  const keyOf = (userId: string): string =>
    userId === team.botUserId ? BOT_KEY : ([...people].find(([, { id }]) => id === userId)?.[0] ?? userId)
  const nameOf = (userId: string): string => team.people.get(userId)?.realName ?? userId
  const channelOf = (id: string): SlackChannel =>
    found(
      shown.find((one) => one.id === id),
      'this channel',
    )
  const messageOf = (id: string): SlackMessage => {
    const [channelId = '', ts = ''] = id.split('/')
    return found(channelOf(channelId).messages.get(ts), 'this message')
  }
  const tsOf = (id: string | undefined) => (id === undefined ? {} : { threadTs: messageOf(id).ts })
  const typed = (text: string): string =>
    withMentions(text, [
      [nameOf(team.botUserId), `<@${team.botUserId}>`],
      ...[...people.values()].map(({ id, realName }) => [realName, `<@${id}>`] as const),
      ...['here', 'channel', 'everyone'].map((range) => [range, `<!${range}>`] as const),
    ])
  const names = Object.fromEntries([...team.people.values()].map(({ id, realName }) => [id, realName]))

  const bodyOf = (message: SlackMessage): MessageBody => {
    const tasks = [...(message.stream?.tasks.values() ?? [])]
    const { text, format, blocks, attachments } = message
    return { kind: 'slack', text, format, blocks, attachments, tasks, names }
  }

  const sightOf = (channel: SlackChannel, message: SlackMessage): MessageSight | undefined => {
    const hasReplies = (channel.threads.get(message.ts)?.size ?? 0) > 0
    if (message.deletedAt !== undefined && !hasReplies) return undefined
    const isGone = message.deletedAt !== undefined
    const root =
      message.threadTs === undefined || message.threadTs === message.ts ? undefined : message.threadTs
    const isOwn = message.botId === undefined
    return {
      id: `${channel.id}/${message.ts}`,
      channelId: channel.id,
      author: { key: keyOf(message.user), name: nameOf(message.user) },
      at: message.postedAt,
      isEdited: message.edited !== undefined,
      isLive: message.stream?.state === 'in_progress',
      onlyFor: message.ephemeralFor === undefined ? undefined : keyOf(message.ephemeralFor),
      threadRoot: root === undefined ? undefined : `${channel.id}/${root}`,
      source: isOwn ? sourceOf(message.text, names) : undefined,
      body: isGone ? { kind: 'gone' } : bodyOf(message),
      files: isGone ? [] : message.files.filter((file) => !file.deleted).map(fileSight),
      reactions: [...message.reactions].map(([emoji, users]) => ({ emoji, by: [...users].map(keyOf) })),
    }
  }

  const busyIn = (channel: SlackChannel): BusySight[] =>
    [...team.statuses.values()]
      .filter(({ channelId, status }) => channelId === channel.id && status !== '')
      .map(({ status, threadTs }) => ({
        name: nameOf(team.botUserId),
        text: status,
        threadRoot: `${channel.id}/${threadTs}`,
      }))

  const say = async (action: Extract<PaneAction, { do: 'say' }>): Promise<string | undefined> => {
    const channel = channelOf(action.channel)
    const command = /^\/(\w+)(?:\s+([\s\S]*))?$/.exec(action.text.trim())
    if (!command) {
      slack.say(channel, person(action.person), { text: typed(action.text), ...tsOf(action.threadRoot) })
      return undefined
    }
    const [, name = '', text = ''] = command
    if (!COMMANDS.some((one) => one.name === name)) throw new Error(`/${name} is not a valid command.`)
    if (action.threadRoot !== undefined)
      throw new Error(
        `Slack knows no slash commands in threads. Write “@${nameOf(team.botUserId)} /${name}”.`,
      )
    const answer = await slack.slashCommand(channel, person(action.person), {
      command: `/${name}`,
      text: typed(text),
    })
    return answer.acked ? undefined : `/${name} failed with the error “${answer.fault}”`
  }

  const react = (message: SlackMessage, by: SlackPerson, emoji: string): void => {
    if (message.reactions.get(emoji)?.has(by.id)) slack.unreact(message, by, emoji)
    else slack.react(message, by, emoji)
  }

  return {
    platform: 'slack',
    sight: () => ({
      place: team.name,
      bot: { key: BOT_KEY, name: nameOf(team.botUserId) },
      mention: `@${nameOf(team.botUserId)} `,
      isConnected: slack.sockets.open > 0,
      channels: shown.map((channel) => ({
        id: channel.id,
        name: channel.kind === 'im' ? nameOf(team.botUserId) : channel.name,
        kind: channel.kind === 'im' ? 'direct' : 'channel',
        members: [...channel.members].map(keyOf),
        busy: busyIn(channel),
      })),
      commands: COMMANDS.map(({ name, description }) => ({ name: `/${name}`, description })),
      messageCommands: [],
      forms: slack.views.map((view) => slackForm(view, keyOf(view.personId))),
      notices: [],
    }),
    messages: () =>
      shown.flatMap((channel) =>
        [...channel.messages.values()]
          .slice(-SHOWN_MESSAGES)
          .map((message) => sightOf(channel, message))
          .filter((one) => one !== undefined),
      ),
    file(id) {
      const file = team.files.get(id)
      return file && !file.deleted ? file : undefined
    },
    async perform(action) {
      const by = person(action.person)
      switch (action.do) {
        case 'say':
          return say(action)
        case 'attach':
          slack.shareFile(channelOf(action.channel), by, {
            name: action.name,
            mimetype: action.mimetype,
            data: action.data,
            text: typed(action.text),
            ...tsOf(action.threadRoot),
          })
          return undefined
        case 'voice':
          slack.shareAudioClip(channelOf(action.channel), by, {
            data: action.data,
            mimetype: action.mimetype,
            durationMs: action.durationMs,
            ...tsOf(action.threadRoot),
          })
          return undefined
        case 'edit':
          slack.edit(owned(messageOf(action.message), by), typed(action.text))
          return undefined
        case 'delete':
          slack.delete(owned(messageOf(action.message), by))
          return undefined
        case 'react':
          react(messageOf(action.message), by, action.emoji)
          return undefined
        case 'press': {
          const value = action.value === undefined ? {} : { value: action.value }
          const answer = await slack.pressButton(messageOf(action.message), action.control, {
            person: by,
            ...value,
          })
          return answer.acked ? undefined : 'The app did not react to the button.'
        }
        case 'submitForm': {
          const answer = await slack.submitModal(action.form, action.values)
          return answer.acked ? undefined : 'We had some trouble connecting. Try again?'
        }
        case 'closeForm':
          await slack.closeModal(action.form)
          return undefined
        default:
          throw new Error('Slack has nothing like this here')
      }
    },
    onChange: (listener) => slack.onChange(listener),
  }
}

function owned(message: SlackMessage, by: SlackPerson): SlackMessage {
  if (message.user !== by.id) throw new Error('only who wrote a message may change it')
  return message
}

/** What the person typed, from what Slack made of it. */
function sourceOf(text: string, names: Readonly<Record<string, string>>): string {
  return text
    .replace(/<@(\w+)(?:\|[^>]*)?>/g, (_, id: string) => `@${names[id] ?? id}`)
    .replace(/<!(here|channel|everyone)>/g, '@$1')
    .replace(/<((?:https?|mailto):[^|>]+)(?:\|[^>]*)?>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}

function fileSight(file: SlackFile): FileSight {
  const isVoice = file.subtype === 'slack_audio'
  return {
    id: file.id,
    name: file.name,
    mimetype: file.mimetype,
    bytes: file.data.length,
    kind: isVoice ? 'voice' : file.mimetype.startsWith('image/') ? 'image' : 'file',
    seconds: file.durationMs === undefined ? undefined : file.durationMs / 1000,
  }
}
