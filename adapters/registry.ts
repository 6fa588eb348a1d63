import type { PlatformAdapter } from '../src/ports/platform-adapter.ts'
import { discord } from './discord/index.ts'
import { matrix } from './matrix/index.ts'
import { slack } from './slack/index.ts'
import { telegram } from './telegram/index.ts'

/** The only list of all platforms. */
export const ADAPTERS: readonly PlatformAdapter[] = [slack, discord, telegram, matrix]
