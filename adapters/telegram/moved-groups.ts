import { GrammyError } from 'grammy'

const REMEMBERED = 1_000

/** Groups that became supergroups: other ids, and other numbers for messages. */
export interface MovedGroups {
  /** Undefined: not known to have moved. */
  of(chatId: number): number | undefined
  /** Runs `stay`; where the group has moved, `go` with its new id instead. */
  follow<Result>(
    chatId: number,
    stay: () => Promise<Result>,
    go: (newChatId: number) => Promise<Result>,
  ): Promise<Result>
}

/** Telegram names the new id in its refusal (`parameters.migrate_to_chat_id`), and never forgets the old one. */
export function createMovedGroups(): MovedGroups {
  const moved = new Map<number, number>()
  return {
    of: (chatId) => moved.get(chatId),
    async follow(chatId, stay, go) {
      const known = moved.get(chatId)
      if (known !== undefined) return await go(known)
      try {
        return await stay()
      } catch (error) {
        const next = error instanceof GrammyError ? error.parameters.migrate_to_chat_id : undefined
        if (next === undefined) throw error
        moved.set(chatId, next)
        const [oldest] = moved.keys()
        if (moved.size > REMEMBERED && oldest !== undefined) moved.delete(oldest)
        return await go(next)
      }
    },
  }
}
