import { Routes } from 'discord.js'
import { z } from 'zod'
import type { PlatformAdapter } from '../../src/ports/platform-adapter.ts'
import { parseCredentials } from './credentials.ts'
import { createRest } from './rest.ts'

const userSchema = z.object({ username: z.string(), discriminator: z.string().default('0') })

export const identify: PlatformAdapter['identify'] = async (credentials, signal) => {
  const { token, apiUrl } = parseCredentials(credentials)
  const user = userSchema.parse(await createRest(token, apiUrl).call('GET', Routes.user(), { signal }))
  return accountName(user)
}

/** A bot's name as people know it; bots still have the four digits that people lost. */
export function accountName({ username, discriminator }: z.infer<typeof userSchema>): string {
  return discriminator === '0' || discriminator === '' ? username : `${username}#${discriminator}`
}
