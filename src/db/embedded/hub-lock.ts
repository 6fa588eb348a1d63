import { HubError } from '../../model/errors.ts'
import { claim } from './exclusive-claim.ts'
import { prepareDataDir } from './filesystem.ts'

export interface DataDirClaim {
  release(): Promise<void>
}

/**
 * Makes this process the one hub of a data directory, until released or dead. Throws HubError
 * `data_dir_in_use` naming the other process. Roles and tools that only attach do not claim.
 */
export async function claimDataDir(dataDir: string): Promise<DataDirClaim> {
  await prepareDataDir(dataDir)
  const outcome = await claim(dataDir, 'hub.lock')
  if (outcome.kind === 'claimed') return outcome
  throw new HubError(
    'data_dir_in_use',
    `Another hub (process ${outcome.by.pid}) already runs on the data directory ${dataDir}. ` +
      'Stop it first, or set DATA_DIR to another directory for this one.',
  )
}
