import { timestamp, uuid } from 'drizzle-orm/pg-core'
import { v7 } from 'uuid'

/** Time-ordered ids keep inserts at the end of their index, however many rows there are. */
export const id = <Id extends string>() =>
  uuid('id')
    .primaryKey()
    .$type<Id>()
    .$defaultFn(() => v7() as Id)

export const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })
export const createdAt = () => at('created_at').notNull().defaultNow()
