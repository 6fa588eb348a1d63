import { isObject } from '../block-kit.ts'
import type { SlackChannel, SlackFile } from '../model.ts'
import { addFile, type Uploads } from '../uploads.ts'
import { wireFile } from '../wire-message.ts'
import { type Call, checkThread, type Handler } from './call.ts'
import { checkText, readBlocks } from './content.ts'
import { invalidArguments, Refusal } from './refusal.ts'

const MIMETYPES: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  html: 'text/html',
  jpg: 'image/jpeg',
  json: 'application/json',
  md: 'text/markdown',
  pdf: 'application/pdf',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain',
}

export function fileMethods(uploads: Uploads): Readonly<Record<string, Handler>> {
  return {
    'files.getUploadURLExternal': (call) => {
      const length = call.args.integer('length') ?? 0
      if (length < 1) throw invalidArguments(['length must be at least 1'])
      const { fileId, path } = uploads.open(call.team.id, call.args.need('filename'), length)
      return { upload_url: `${call.baseUrl()}${path}`, file_id: fileId }
    },

    'files.completeUploadExternal': (call) => {
      const list = call.args.json('files')
      if (!Array.isArray(list) || list.length === 0 || !list.every(isObject)) {
        throw invalidArguments(['files must be an array of objects with id'])
      }
      const channel = sharedIn(call)
      const threadTs = call.args.text('thread_ts')
      if (threadTs !== undefined && !channel) throw invalidArguments(['thread_ts needs channel_id'])
      if (channel) checkThread(channel, threadTs)
      const comment = call.args.text('initial_comment') ?? ''
      checkText(comment)
      const blocks = readBlocks(call.args.json('blocks'))
      const files = list.map(({ id, title }) => finish(call, uploads, String(id), title))
      if (channel) {
        for (const file of files) file.channels.add(channel.id)
        const message = call.world.post(channel, {
          user: call.team.botUserId,
          botId: call.team.botId,
          subtype: 'file_share',
          text: comment,
          blocks: comment === '' ? blocks : undefined,
          threadTs,
          files,
        })
        call.echo.posted(message)
      }
      return { files: files.map((file) => wireFile(call.team, file, call.baseUrl())) }
    },

    'files.delete': (call) => {
      const file = call.team.files.get(call.args.need('file'))
      if (!file) throw new Refusal('file_not_found')
      if (file.deleted) throw new Refusal('file_deleted')
      if (file.user !== call.team.botUserId) throw new Refusal('cant_delete_file')
      file.deleted = true
      for (const id of file.channels) {
        const messages = call.team.channels.get(id)?.messages.values() ?? []
        for (const message of messages) {
          // A message that was nothing but the file goes with it.
          const isAll = message.text === '' && message.files?.length === 1 && message.files[0] === file
          if (isAll && message.deletedAt === undefined) call.echo.removed(message)
        }
      }
      return {}
    },

    'files.info': (call) => {
      const file = call.team.files.get(call.args.need('file'))
      if (!file) throw new Refusal('file_not_found')
      if (file.deleted) throw new Refusal('file_deleted')
      return {
        file: wireFile(call.team, file, call.baseUrl()),
        comments: [],
        response_metadata: { next_cursor: '' },
      }
    },
  }
}

function sharedIn(call: Call): SlackChannel | undefined {
  const id = call.args.text('channel_id') ?? call.args.text('channels')
  if (id === undefined) return undefined
  const channel = call.team.channels.get(id)
  const member = channel?.members.has(call.team.botUserId) ?? false
  if (!channel || (!member && channel.kind !== 'public')) throw new Refusal('channel_not_found')
  if (!member) throw new Refusal('not_in_channel')
  if (channel.archived) throw new Refusal('posting_to_channel_denied')
  return channel
}

function finish(call: Call, uploads: Uploads, id: string, title: unknown): SlackFile {
  const upload = uploads.take(id, call.team.id)
  if (!upload?.data) throw new Refusal('file_not_found')
  return addFile(call.world, call.team, {
    id,
    user: call.team.botUserId,
    name: upload.filename,
    title: typeof title === 'string' ? title : upload.filename,
    mimetype: MIMETYPES[upload.filename.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
    data: upload.data,
  })
}
