import type { Surroundings } from './surroundings.ts'

export interface Mentioning {
  readonly content: string
  readonly guildId: string | undefined
  /** Names of the people whom the message mentions, by id. */
  readonly people: ReadonlyMap<string, string>
}

export interface ReadText {
  readonly text: string
  /** The bot's own name, or its role's, stood in the text. */
  readonly named: boolean
}

const CODE = /(```[\s\S]*?```|`[^`\n]*`)/

/** Discord's text as a person reads it: names for ids, and without the bot's own name. Code stays as it is. */
export function readText({ content, guildId, people }: Mentioning, around: Surroundings): ReadText {
  const ownRole = guildId === undefined ? undefined : around.ownRole(guildId)
  const own = [`<@!?${around.botId}>`, ...(ownRole === undefined ? [] : [`<@&${ownRole}>`])].join('|')
  const ownName = new RegExp(`[ \\t]*(?:${own})[ \\t]*[,:]?[ \\t]*`, 'g')
  let named = false

  const read = (prose: string): string =>
    prose
      .replace(ownName, () => {
        named = true
        return ' '
      })
      .replace(/<@!?(\d{1,20})>/g, (shown, id: string) => atName(people.get(id), shown))
      .replace(/<@&(\d{1,20})>/g, (shown, id: string) =>
        atName(guildId === undefined ? undefined : around.roleName(guildId, id), shown),
      )
      .replace(/<#(\d{1,20})>/g, (shown, id: string) => {
        const name = around.channel(id)?.name
        return name === undefined ? shown : `#${name}`
      })
      .replace(/<a?:(\w{1,40}):\d{1,20}>/g, ':$1:')
      .replace(/<\/([^:<>]{1,100}):\d{1,20}>/g, '/$1')

  // Splitting at a group keeps the code at the odd places.
  const text = content
    .split(CODE)
    .map((piece, index) => (index % 2 === 0 ? read(piece) : piece))
    .join('')
    .trim()
  return { text, named }
}

function atName(name: string | undefined, shown: string): string {
  return name === undefined ? shown : `@${name}`
}
