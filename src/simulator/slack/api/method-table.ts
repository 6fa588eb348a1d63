import type { Tier } from '../rate-limits.ts'

/** How an argument is checked; a trailing `!` means it is required. */
export type ArgumentKind = 'string' | 'boolean' | 'integer' | 'ts' | 'json'

export interface MethodRules {
  readonly token: 'bot' | 'app' | 'none'
  readonly tier: Tier
  /** Any of these will do; empty: none is needed. */
  readonly scopes: readonly string[]
  /** Whether a JSON body is read at all. */
  readonly json: boolean
  readonly args: Readonly<Record<string, { kind: ArgumentKind; required: boolean }>>
}

const READ = 'channels:read groups:read im:read mpim:read'
const HISTORY = 'channels:history groups:history im:history mpim:history'
const AUTHOR = 'icon_emoji icon_url username'
const CONTENT =
  'as_user:boolean attachments:json blocks:json link_names:boolean markdown_text metadata:json parse text'
const PAGE = 'cursor limit:integer'
const SPAN = `${PAGE} include_all_metadata:boolean inclusive:boolean latest oldest`
const TARGET = 'channel! ts:ts!'

/** Arguments, scopes and tiers as in Slack's method descriptions, plus what its prose adds. */
export const METHODS: Readonly<Record<string, MethodRules>> = {
  'api.test': method('none', 4, '', 'foo error'),
  'apps.connections.open': method('app', 3, '', ''),
  'auth.test': method('bot', 5, '', ''),
  'chat.postMessage': method(
    'bot',
    5,
    'chat:write',
    `channel! ${CONTENT} ${AUTHOR} mrkdwn:boolean reply_broadcast:boolean thread_ts:ts unfurl_links:boolean unfurl_media:boolean client_msg_id`,
  ),
  'chat.update': method(
    'bot',
    3,
    'chat:write',
    `${TARGET} ${CONTENT} reply_broadcast:boolean file_ids:json unfurl_links:boolean unfurl_media:boolean`,
  ),
  'chat.delete': method('bot', 3, 'chat:write', `${TARGET} as_user:boolean`),
  'chat.postEphemeral': method('bot', 4, 'chat:write', `channel! user! ${CONTENT} ${AUTHOR} thread_ts:ts`),
  'chat.startStream': method(
    'bot',
    2,
    'chat:write',
    `channel! chunks:json markdown_text thread_ts:ts recipient_user_id recipient_team_id task_display_mode unfurl_links:boolean unfurl_media:boolean ${AUTHOR}`,
  ),
  'chat.appendStream': method('bot', 4, 'chat:write', `${TARGET} chunks:json markdown_text`),
  'chat.stopStream': method(
    'bot',
    2,
    'chat:write',
    `${TARGET} chunks:json markdown_text blocks:json metadata:json session_status`,
  ),
  'chat.getPermalink': method('bot', 5, '', 'channel! message_ts:ts!', 'form'),
  'conversations.info': method(
    'bot',
    3,
    READ,
    'channel! include_locale:boolean include_num_members:boolean',
    'form',
  ),
  'conversations.history': method('bot', 3, HISTORY, `channel! ${SPAN}`),
  'conversations.replies': method('bot', 3, HISTORY, `${TARGET} ${SPAN}`, 'form'),
  'conversations.list': method('bot', 2, READ, `${PAGE} exclude_archived:boolean types`, 'form'),
  'conversations.open': method(
    'bot',
    3,
    'im:write mpim:write',
    'channel users return_im:boolean prevent_creation:boolean',
  ),
  'conversations.members': method('bot', 4, READ, `channel! ${PAGE}`, 'form'),
  'conversations.join': method('bot', 3, 'channels:join', 'channel!'),
  'users.info': method('bot', 4, 'users:read', 'user! include_locale:boolean', 'form'),
  'users.list': method('bot', 2, 'users:read', `${PAGE} include_locale:boolean`, 'form'),
  'team.info': method('bot', 3, 'team:read', 'domain team'),
  'bots.info': method('bot', 3, 'users:read', 'bot', 'form'),
  'views.open': method('bot', 4, '', 'view:json! trigger_id interactivity_pointer'),
  'views.push': method('bot', 4, '', 'view:json! trigger_id interactivity_pointer'),
  'views.update': method('bot', 4, '', 'view:json! view_id external_id hash'),
  'views.publish': method('bot', 4, '', 'view:json! user_id! hash interactivity_pointer'),
  // `alt_text` is what the SDK calls `alt_txt`.
  'files.getUploadURLExternal': method(
    'bot',
    4,
    'files:write',
    'filename! length:integer! snippet_type alt_txt alt_text',
    'form',
  ),
  'files.completeUploadExternal': method(
    'bot',
    4,
    'files:write',
    `files:json! channel_id channels thread_ts:ts initial_comment blocks:json ${AUTHOR}`,
  ),
  'files.delete': method('bot', 3, 'files:write', 'file!'),
  'files.info': method('bot', 4, 'files:read', `file! count:integer page:integer ${PAGE}`, 'form'),
  'reactions.add': method('bot', 3, 'reactions:write', 'channel! timestamp:ts! name!'),
  'reactions.remove': method('bot', 2, 'reactions:write', 'channel timestamp:ts name! file file_comment'),
  'assistant.threads.setStatus': method(
    'bot',
    5,
    'chat:write assistant:write',
    `channel_id! thread_ts:ts! status! loading_messages:json ${AUTHOR}`,
  ),
  'assistant.threads.setTitle': method('bot', 4, 'assistant:write', 'channel_id! thread_ts:ts! title!'),
  'assistant.threads.setSuggestedPrompts': method(
    'bot',
    4,
    'assistant:write',
    'channel_id! prompts:json! thread_ts:ts title',
  ),
  'agents.sessions.setStatus': method(
    'bot',
    3,
    'chat:write',
    `channel_id! status! thread_ts:ts title initiator_user_id ${AUTHOR}`,
  ),
  'oauth.v2.access': method(
    'none',
    5,
    '',
    'client_id client_secret code code_verifier redirect_uri grant_type refresh_token',
    'form',
  ),
}

function method(
  token: MethodRules['token'],
  tier: Tier,
  scopes: string,
  args: string,
  body: 'form' | 'json' = 'json',
): MethodRules {
  const entries = words(args).map((spec) => {
    const required = spec.endsWith('!')
    const [name = '', kind = 'string'] = (required ? spec.slice(0, -1) : spec).split(':')
    return [name, { kind: argumentKind(kind), required }] as const
  })
  return { token, tier, scopes: words(scopes), json: body === 'json', args: Object.fromEntries(entries) }
}

function argumentKind(kind: string): ArgumentKind {
  if (kind === 'boolean' || kind === 'integer' || kind === 'ts' || kind === 'json') return kind
  return 'string'
}

function words(text: string): string[] {
  return text.split(' ').filter((word) => word !== '')
}
