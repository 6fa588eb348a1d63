import { PermissionFlagsBits, Routes } from 'discord.js'
import { z } from 'zod'
import type { Sender } from '../../src/ports/sender.ts'
import type { createRest } from './rest.ts'

const guildSchema = z.object({
  owner_id: z.string(),
  roles: z.array(z.object({ id: z.string(), permissions: z.string() })),
})
const memberSchema = z.object({ roles: z.array(z.string()) })

const RIGHTS = PermissionFlagsBits.Administrator | PermissionFlagsBits.ManageGuild

/** Owners, and whose roles let them administer or manage the server. */
export function createAdministers(rest: ReturnType<typeof createRest>): NonNullable<Sender['administers']> {
  return async (guildId, userId, signal) => {
    // Direct messages are nobody's server.
    if (!/^\d+$/.test(guildId)) return false
    const guild = guildSchema.parse(await rest.call('GET', Routes.guild(guildId), { signal }))
    if (guild.owner_id === userId) return true
    const { roles } = memberSchema.parse(
      await rest.call('GET', Routes.guildMember(guildId, userId), { signal }),
    )
    return guild.roles.some(
      ({ id, permissions }) => roles.includes(id) && (BigInt(permissions) & RIGHTS) !== 0n,
    )
  }
}
