import { isObject } from '../block-kit.ts'
import { type SlackMessage, type SlackStream, threadKey, type Wire } from '../model.ts'
import { pingsOf } from '../mrkdwn.ts'
import { type Call, checkThread, existingMessage, type Handler, writableChannel } from './call.ts'
import { MARKDOWN_LIMIT, readBlocks, readMetadata } from './content.ts'
import { Refusal } from './refusal.ts'
import { SESSION_STATUSES, setSession } from './sessions.ts'

interface Increment {
  readonly text: string
  readonly tasks: readonly Wire[]
  readonly planTitle: string | undefined
  readonly blocks: readonly Wire[]
  readonly given: boolean
}

const TASK_FIELDS = new Set(['type', 'id', 'title', 'status', 'details', 'output', 'sources'])
const TASK_STATUSES = new Set(['pending', 'in_progress', 'complete', 'error'])

/** `chat.startStream`, `appendStream`, `stopStream`. `textLimit`: characters one stream may show. */
export function streamMethods(textLimit: number): Readonly<Record<string, Handler>> {
  const apply = (message: SlackMessage, stream: SlackStream, more: Increment): void => {
    if (message.text.length + more.text.length > textLimit) throw new Refusal('msg_too_long')
    message.text += more.text
    for (const task of more.tasks) stream.tasks.set(String(task.id), task)
    stream.planTitle = more.planTitle ?? stream.planTitle
    if (more.blocks.length > 0) message.blocks = [...(message.blocks ?? []), ...more.blocks]
    for (const ping of pingsOf(message.text, message.blocks)) message.pings.add(ping)
  }

  return {
    'chat.startStream': (call) => {
      const channel = writableChannel(call)
      const recipientUserId = call.args.text('recipient_user_id')
      if (channel.kind !== 'im') checkRecipient(call, recipientUserId)
      const mode = call.args.text('task_display_mode')
      if (mode !== undefined && mode !== 'timeline' && mode !== 'plan') throw new Refusal('invalid_arguments')
      const threadTs = call.args.text('thread_ts')
      checkThread(channel, threadTs)
      const first = readIncrement(call)
      if (first.text.length > textLimit) throw new Refusal('msg_too_long')
      const stream: SlackStream = {
        state: 'in_progress',
        startedAt: call.world.settings.now(),
        recipientUserId,
        appends: 0,
        tasks: new Map(),
        planTitle: undefined,
      }
      const message = call.world.post(channel, {
        user: call.team.botUserId,
        botId: call.team.botId,
        text: '',
        format: 'markdown',
        threadTs,
        stream,
      })
      apply(message, stream, first)
      call.world.changed({ kind: 'message', message })
      call.echo.posted(message)
      return { channel: channel.id, ts: message.ts }
    },

    'chat.appendStream': (call) => {
      const { message, stream } = liveStream(call)
      const more = readIncrement(call)
      if (!more.given) throw new Refusal('no_text')
      apply(message, stream, more)
      stream.appends += 1
      call.world.changed({ kind: 'message', message })
      return { channel: message.channelId, ts: message.ts }
    },

    'chat.stopStream': (call) => {
      const { message, stream } = liveStream(call)
      const last = readIncrement(call)
      const bottom = readBlocks(call.args.json('blocks')) ?? []
      const metadata = readMetadata(call.args.json('metadata'))
      const status = call.args.text('session_status')
      if (status !== undefined && !SESSION_STATUSES.has(status)) throw new Refusal('invalid_status')
      const previous = call.echo.wire(message)
      apply(message, stream, { ...last, blocks: [...last.blocks, ...bottom] })
      if (metadata) message.metadata = metadata
      stream.state = 'completed'
      if (status !== undefined) {
        setSession(
          call,
          threadKey(message.channelId, message.threadTs),
          message.channelId,
          message.threadTs ?? '',
          status,
        )
      }
      call.echo.changed(message, previous)
      return { channel: message.channelId, ts: message.ts, message: call.echo.wire(message) }
    },
  }
}

function checkRecipient(call: Call, userId: string | undefined): void {
  if (userId === undefined) throw new Refusal('missing_recipient_user_id')
  if (call.args.text('recipient_team_id') === undefined) throw new Refusal('missing_recipient_team_id')
  if (!call.team.people.has(userId)) throw new Refusal('user_not_found')
  if (call.args.text('recipient_team_id') !== call.team.id) throw new Refusal('team_not_found')
}

function liveStream(call: Call): { message: SlackMessage; stream: SlackStream } {
  const channel = writableChannel(call)
  const message = existingMessage(channel, call.args.need('ts'))
  if (message.botId !== call.team.botId) throw new Refusal('message_not_owned_by_app')
  const { stream } = message
  if (stream?.state === 'stopped_by_user' && call.method === 'chat.appendStream')
    throw new Refusal('stopped_by_user')
  if (stream?.state !== 'in_progress') throw new Refusal('message_not_in_streaming_state')
  return { message, stream }
}

function readIncrement(call: Call): Increment {
  const markdown = call.args.text('markdown_text')
  const chunks = call.args.json('chunks')
  if (chunks !== undefined && (!Array.isArray(chunks) || !chunks.every(isObject)))
    throw new Refusal('invalid_chunks')
  const list: Wire[] = Array.isArray(chunks) ? chunks.filter(isObject) : []
  if ((markdown ?? '').length > MARKDOWN_LIMIT) throw new Refusal('msg_too_long')
  const texts = list.filter(({ type }) => type === 'markdown_text').map(({ text }) => text)
  for (const chunk of list) checkChunk(chunk)
  const blocks = list
    .filter(({ type }) => type === 'blocks')
    .flatMap((chunk) => readBlocks(chunk.blocks) ?? [])
  const titles = list.filter(({ type }) => type === 'plan_update').map(({ title }) => String(title))
  return {
    text: `${markdown ?? ''}${texts.join('')}`,
    tasks: list.filter(({ type }) => type === 'task_update'),
    planTitle: titles.at(-1),
    blocks,
    given: (markdown ?? '') !== '' || list.length > 0,
  }
}

function checkChunk(chunk: Wire): void {
  const keys = Object.keys(chunk)
  const only = (...allowed: string[]): boolean => keys.every((key) => key === 'type' || allowed.includes(key))
  const valid = ((): boolean => {
    switch (chunk.type) {
      case 'markdown_text':
        return only('text') && typeof chunk.text === 'string' && chunk.text.length <= MARKDOWN_LIMIT
      case 'plan_update':
        return only('title') && typeof chunk.title === 'string'
      case 'blocks':
        return only('blocks') && Array.isArray(chunk.blocks)
      case 'task_update':
        return (
          keys.every((key) => TASK_FIELDS.has(key)) &&
          typeof chunk.id === 'string' &&
          typeof chunk.title === 'string' &&
          TASK_STATUSES.has(String(chunk.status))
        )
      default:
        return false
    }
  })()
  if (!valid) throw new Refusal('invalid_chunks')
}
