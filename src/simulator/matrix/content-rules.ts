import type { Homeserver } from './homeserver.ts'
import { faultInHtml } from './html-rules.ts'
import { isObject, type JsonObject, objectAt, stringAt } from './json.ts'
import { badJson, invalidParam } from './refusal.ts'

const TEXT_TYPES = ['m.text', 'm.notice', 'm.emote']
const MEDIA_TYPES = ['m.image', 'm.file', 'm.audio', 'm.video']
const OTHER_TYPES = ['m.location', 'm.key.verification.request']

/** Stricter than a homeserver: refuses what clients would show wrongly or not at all. */
export function checkMessageContent(server: Homeserver, content: JsonObject, isEdit: boolean): void {
  checkBody(server, content)
  if (!isEdit) return
  const next = objectAt(content, 'm.new_content')
  if (!next) throw badJson('m.replace needs m.new_content')
  checkBody(server, next)
}

function checkBody(server: Homeserver, content: JsonObject): void {
  const msgtype = stringAt(content, 'msgtype')
  if (!msgtype) throw badJson('msgtype must be a string')
  if (stringAt(content, 'body') === undefined) throw badJson('body must be a string')
  if (msgtype.startsWith('m.') && ![...TEXT_TYPES, ...MEDIA_TYPES, ...OTHER_TYPES].includes(msgtype))
    throw badJson(`unknown msgtype ${msgtype}`)
  checkFormatted(content)
  checkMentions(content['m.mentions'])
  if (MEDIA_TYPES.includes(msgtype)) checkMedia(server, content)
}

function checkFormatted(content: JsonObject): void {
  const { format, formatted_body: html } = content
  if (format === undefined && html === undefined) return
  if (format !== 'org.matrix.custom.html') throw badJson('format must be org.matrix.custom.html')
  if (typeof html !== 'string') throw badJson('format needs a formatted_body string')
  const fault = faultInHtml(html)
  if (fault) throw badJson(`formatted_body: ${fault}`)
}

function checkMentions(mentions: unknown): void {
  if (mentions === undefined) return
  if (!isObject(mentions)) throw badJson('m.mentions must be an object')
  const { user_ids: userIds, room, ...unknown } = mentions
  if (Object.keys(unknown).length > 0) throw badJson('m.mentions has only user_ids and room')
  if (room !== undefined && typeof room !== 'boolean') throw badJson('m.mentions.room must be a boolean')
  if (userIds === undefined) return
  const areIds =
    Array.isArray(userIds) && userIds.every((id) => typeof id === 'string' && /^@[^:\s]+:\S+$/.test(id))
  if (!areIds) throw badJson('m.mentions.user_ids must be a list of user ids')
}

function checkMedia(server: Homeserver, content: JsonObject): void {
  const url = stringAt(content, 'url') ?? stringAt(objectAt(content, 'file') ?? {}, 'url')
  const [, origin, id] = /^mxc:\/\/([^/]+)\/([A-Za-z0-9_-]+)$/.exec(url ?? '') ?? []
  if (origin === undefined || id === undefined) throw badJson('an attachment needs an mxc:// url')
  if (origin === server.serverName && !server.media.has(id)) throw invalidParam(`no such media: ${url}`)
  const info = content.info
  if (info !== undefined && !isObject(info)) throw badJson('info must be an object')
}

/** Canonical JSON: whole numbers within ±(2^53 - 1), and text that UTF-8 can carry. */
export function checkCanonicalJson(value: unknown): void {
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    throw badJson(`not a whole number within canonical JSON's range: ${value}`)
  if (typeof value === 'string' && !value.isWellFormed()) throw badJson('text with a lone surrogate')
  if (Array.isArray(value)) for (const item of value) checkCanonicalJson(item)
  else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      checkCanonicalJson(key)
      checkCanonicalJson(item)
    }
  }
}
