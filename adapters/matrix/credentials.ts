import { z } from 'zod'
import { HubError } from '../../src/model/errors.ts'
import type { Credentials } from '../../src/ports/platform-adapter.ts'

const homeserverUrl = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ''))

const schema = z.union([
  z.object({ homeserverUrl, accessToken: z.string().min(1) }),
  z.object({ homeserverUrl, user: z.string().min(1), password: z.string().min(1) }),
])

export type MatrixCredentials = z.infer<typeof schema>
export type PasswordCredentials = Extract<MatrixCredentials, { password: string }>

export function parseCredentials(credentials: Credentials): MatrixCredentials {
  const parsed = schema.safeParse(credentials)
  if (!parsed.success) {
    throw new HubError(
      'credentials_malformed',
      'the Matrix credentials need a homeserver URL, and an access token or a user and password',
    )
  }
  return parsed.data
}
