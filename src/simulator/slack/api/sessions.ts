import { isObject } from '../block-kit.ts'
import { type AgentSession, type SlackChannel, threadKey, type Wire } from '../model.ts'
import { type Call, type Handler, visibleChannel } from './call.ts'
import { invalidArguments, Refusal } from './refusal.ts'

export const SESSION_STATUSES: ReadonlySet<string> = new Set(['active', 'processing', 'suspended', 'closed'])

/** `assistant.threads.*` and `agents.sessions.*`. */
export const sessionMethods: Readonly<Record<string, Handler>> = {
  'assistant.threads.setStatus': (call) => {
    const channel = assistantThread(call)
    const threadTs = call.args.need('thread_ts')
    const loading = call.args.json('loading_messages') ?? []
    const fits = (text: unknown): boolean => typeof text === 'string' && text.length >= 1 && text.length <= 50
    if (!Array.isArray(loading) || loading.length > 10 || !loading.every(fits)) {
      throw invalidArguments(['loading_messages: up to 10 strings of 1 to 50 characters'])
    }
    const key = threadKey(channel.id, threadTs)
    const status = call.args.need('status')
    if (status === '') call.team.statuses.delete(key)
    else {
      call.team.statuses.set(key, {
        channelId: channel.id,
        threadTs,
        status,
        loadingMessages: loading.map(String),
        setAt: call.world.settings.now(),
      })
    }
    call.world.changed({ kind: 'status', teamId: call.team.id, thread: key })
    return {}
  },

  'assistant.threads.setTitle': (call) => {
    const channel = assistantThread(call)
    call.team.titles.set(threadKey(channel.id, call.args.need('thread_ts')), call.args.need('title'))
    call.world.changed({ kind: 'team', teamId: call.team.id })
    return {}
  },

  'assistant.threads.setSuggestedPrompts': (call) => {
    const channel = assistantThread(call)
    const prompts = call.args.json('prompts')
    const list: Wire[] = Array.isArray(prompts) ? prompts.filter(isObject) : []
    const complete = list.every(
      ({ title, message }) => typeof title === 'string' && typeof message === 'string',
    )
    if (list.length < 1 || list.length > 4 || !complete) {
      throw invalidArguments(['prompts: 1 to 4 objects with title and message'])
    }
    call.team.prompts.set(threadKey(channel.id, call.args.text('thread_ts')), list)
    call.world.changed({ kind: 'team', teamId: call.team.id })
    return {}
  },

  'agents.sessions.setStatus': (call) => {
    const channel = visibleChannel(call, 'channel_id')
    if (!channel.members.has(call.team.botUserId)) throw new Refusal('not_authorized')
    const status = call.args.need('status')
    if (!SESSION_STATUSES.has(status)) throw new Refusal('invalid_status')
    const threadTs = call.args.text('thread_ts')
    if (threadTs === undefined || !channel.messages.has(threadTs)) throw new Refusal('thread_ts_required')
    const initiator = call.args.text('initiator_user_id')
    if (initiator !== undefined && !channel.members.has(initiator)) throw new Refusal('user_not_found')
    if ((call.args.text('title') ?? '').length > 200)
      throw invalidArguments(['title: at most 200 characters'])
    const key = threadKey(channel.id, threadTs)
    const session = setSession(call, key, channel.id, threadTs, status, call.args.text('title'))
    return { status: session.status, agent_status: session.status, title: session.title ?? '' }
  },
}

export function setSession(
  call: Call,
  key: string,
  channelId: string,
  threadTs: string,
  status: string,
  title?: string,
): AgentSession {
  const session = call.team.sessions.get(key) ?? { channelId, threadTs, status: 'active', title }
  if (status === 'active' || status === 'processing' || status === 'suspended' || status === 'closed') {
    session.status = status
  }
  call.team.sessions.set(key, session)
  call.world.changed({ kind: 'session', teamId: call.team.id, thread: key })
  return session
}

function assistantThread(call: Call): SlackChannel {
  const channel = visibleChannel(call, 'channel_id')
  if (!channel.members.has(call.team.botUserId)) throw new Refusal('channel_not_found')
  const threadTs = call.args.text('thread_ts')
  const root = threadTs === undefined ? undefined : channel.messages.get(threadTs)
  if (threadTs !== undefined && (!root || root.threadTs !== undefined)) throw new Refusal('invalid_thread_ts')
  return channel
}
