import { ConfigurationError, loadEnvironment } from '../../config/load.ts'
import { prepareImports } from './quick-start.ts'

prepareImports(dataDir())
await import('./serve.ts')

/** Faults of the configuration are told by the start itself. */
function dataDir(): string | undefined {
  try {
    return loadEnvironment().DATA_DIR
  } catch (error) {
    if (error instanceof ConfigurationError) return undefined
    throw error
  }
}
