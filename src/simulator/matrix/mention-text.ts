import type { Homeserver } from './homeserver.ts'
import { members, type Room } from './room.ts'

const PILL = /https:\/\/matrix\.to\/#\/(@[^"'\s?]+)/g

export interface TypedText {
  readonly body: string
  readonly formattedBody?: string
  readonly mentioned: readonly string[]
}

/** Turns typed `@name`, `@Display Name` and `@name:server` of members into pills, as a client's composer does. */
export function typedText(server: Homeserver, room: Room, body: string, formattedBody?: string): TypedText {
  if (formattedBody !== undefined) {
    const mentioned = [...formattedBody.matchAll(PILL)].map(([, id = '']) => decodeURIComponent(id))
    return { body, formattedBody, mentioned: [...new Set(mentioned)] }
  }
  const names = memberNames(server, room)
  const parts = splitAtNames(body, names)
  const mentioned = [...new Set(parts.flatMap(({ userId }) => userId ?? []))]
  if (mentioned.length === 0) return { body, mentioned }
  const shown = (userId: string) => server.users.get(userId)?.displayName ?? userId
  return {
    body: parts.map(({ text, userId }) => (userId === undefined ? text : shown(userId))).join(''),
    formattedBody: parts
      .map(({ text, userId }) =>
        userId === undefined
          ? escapeHtml(text)
          : `<a href="https://matrix.to/#/${userId}">${escapeHtml(shown(userId))}</a>`,
      )
      .join(''),
    mentioned,
  }
}

function memberNames(server: Homeserver, room: Room): { name: string; userId: string }[] {
  return members(room, 'join', 'invite')
    .flatMap(({ state_key: userId = '' }) => {
      const displayName = server.users.get(userId)?.displayName
      const [localpart = ''] = userId.split(':')
      const names = [userId, localpart, ...(displayName ? [`@${displayName}`] : [])]
      return names.map((name) => ({ name: name.toLowerCase(), userId }))
    })
    .sort((a, b) => b.name.length - a.name.length)
}

function splitAtNames(
  body: string,
  names: readonly { name: string; userId: string }[],
): { text: string; userId?: string }[] {
  const parts: { text: string; userId?: string }[] = []
  let plainFrom = 0
  let at = body.indexOf('@')
  while (at >= 0) {
    const found = isWordEdge(body[at - 1])
      ? names.find(
          ({ name }) =>
            body.slice(at, at + name.length).toLowerCase() === name && isWordEdge(body[at + name.length]),
        )
      : undefined
    const end = at + (found?.name.length ?? 1)
    if (found) {
      parts.push({ text: body.slice(plainFrom, at) }, { text: found.name, userId: found.userId })
      plainFrom = end
    }
    at = body.indexOf('@', end)
  }
  return [...parts, { text: body.slice(plainFrom) }]
}

function isWordEdge(character: string | undefined): boolean {
  return character === undefined || !/[\p{L}\p{N}_]/u.test(character)
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '<br>')
}
