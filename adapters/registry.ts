import type { PlatformAdapter } from '../src/ports/platform-adapter.ts'
import { telegram } from './telegram/index.ts'

/** The only list of all platforms. */
export const ADAPTERS: readonly PlatformAdapter[] = [telegram]
