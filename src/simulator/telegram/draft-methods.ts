import { badRequest } from './api-error.ts'
import type { CallArguments } from './call-arguments.ts'
import { threadIn, writableChat } from './chat-access.ts'
import type { MessageDraft, RichContent } from './chats.ts'
import { formatText, messageTextLimit } from './formatted-text.ts'
import type { FormattedText } from './message-entities.ts'
import { richText } from './message-methods.ts'
import type { World } from './world.ts'

/** Empty text shows the "Thinking..." placeholder. */
export function sendMessageDraft(world: World, args: CallArguments): true {
  const formatted = formatText({
    text: args.text('text') ?? '',
    parseMode: args.text('parse_mode'),
    entities: args.entities('entities'),
  })
  if (formatted.text.length > messageTextLimit) throw badRequest('message is too long')
  return showDraft(world, args, formatted)
}

export function sendRichMessageDraft(world: World, args: CallArguments): true {
  return showDraft(world, args, richText(args))
}

function showDraft(
  world: World,
  args: CallArguments,
  content: FormattedText & { readonly rich?: RichContent },
): true {
  const draftId = args.integer('draft_id') ?? 0
  if (draftId === 0) throw badRequest('RANDOM_ID_INVALID')
  const chat = writableChat(world, args)
  if (chat.type !== 'private') throw badRequest('TEXTDRAFT_PEER_INVALID')
  const threadId = threadIn(chat, args)
  let draft = chat.drafts.find((one) => one.draftId === draftId && one.threadId === threadId && !one.ended)
  if (!draft) {
    draft = newDraft(draftId, threadId)
    chat.drafts.push(draft)
  }
  draft.text = content.text
  draft.entities = content.entities
  delete draft.rich
  if (content.rich) draft.rich = content.rich
  draft.canStop = args.flag('can_stop')
  draft.updatedAt = world.now()
  draft.versions.push({ text: content.text, at: draft.updatedAt })
  world.changed({ kind: 'draft', chat, draft })
  return true
}

const newDraft = (draftId: number, threadId: number | undefined): MessageDraft => ({
  draftId,
  ...(threadId === undefined ? {} : { threadId }),
  text: '',
  entities: [],
  canStop: false,
  ended: false,
  updatedAt: 0,
  versions: [],
})
