import type { PlatformAdapter } from '../../src/ports/platform-adapter.ts'
import { identify } from './identify.ts'
import { createReceiver } from './receive.ts'
import { createSender } from './send.ts'

export const matrix: PlatformAdapter = {
  platform: 'matrix',
  label: 'Matrix',
  fromEnvironment: ({
    MATRIX_HOMESERVER_URL: homeserverUrl,
    MATRIX_ACCESS_TOKEN: accessToken,
    MATRIX_USER: user,
    MATRIX_PASSWORD: password,
  }) => {
    if (homeserverUrl === undefined) return undefined
    const connection = { slug: 'matrix', name: 'Matrix' }
    if (accessToken !== undefined) return { ...connection, credentials: { homeserverUrl, accessToken } }
    if (user === undefined || password === undefined) return undefined
    return { ...connection, credentials: { homeserverUrl, user, password } }
  },
  identify,
  createReceiver,
  createSender,
}
